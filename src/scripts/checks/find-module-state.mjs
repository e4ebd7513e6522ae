import ts from "typescript";

/** What is filled after it is made. Others, such as a text encoder, stay as they are. */
const COLLECTION = /^(Map|Set|WeakMap|WeakSet|Array|LRUCache|AsyncLocalStorage|EventEmitter)$/;
const READ_ONLY = /^(Readonly(Map|Set|Array)?|readonly\b)/;

/**
 * State that belongs to a module: a variable that may change, a collection that is not declared read-only, or one that is
 * filled later, as it begins empty; at the top of a file, also within a block there, and as a static member of a class.
 *
 * @returns {{ line: number, text: string }[]}
 */
export function findModuleState(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const report = (node) => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    found.push({ line, text: node.getText(file).replace(/\s+/g, " ").slice(0, 120) });
  };
  const visit = (node) => {
    // What is in a function or a declaration of types is made for each call, or not at all.
    if (ts.isFunctionLike(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.Const)) report(node);
    else if (ts.isVariableDeclaration(node) && isFilledLater(node)) report(node);
    else if (ts.isClassLike(node)) node.members.filter(isMutableStatic).forEach(report);
    else ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isMutableStatic(member) {
  if (!ts.isPropertyDeclaration(member)) return false;
  const kinds = member.modifiers?.map(({ kind }) => kind) ?? [];
  if (!kinds.includes(ts.SyntaxKind.StaticKeyword)) return false;
  return !kinds.includes(ts.SyntaxKind.ReadonlyKeyword) || isFilledLater(member);
}

function isFilledLater({ type, initializer }) {
  if (!initializer || (type && READ_ONLY.test(type.getText()))) return false;
  const value = withoutAssertions(initializer);
  if (ts.isNewExpression(value)) return COLLECTION.test(value.expression.getText());
  if (ts.isArrayLiteralExpression(value)) return value.elements.length === 0;
  return ts.isObjectLiteralExpression(value) && value.properties.length === 0;
}

function withoutAssertions(node) {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)
    ? withoutAssertions(node.expression)
    : node;
}
