import ts from "typescript";

/**
 * Two rules, by the types of the expressions and not by how they are written:
 * - `bare-text`: text, or what may be text, beside other children or directly in a fragment; and rich text anywhere, for it is
 *   text beside elements in one expression;
 * - `component-of-text`: a component that answers with text, for then its place is beside whatever its user puts there.
 *
 * What a property of the component itself brings (`children`, `action`) is judged by its declared type: `Elements` for what
 * is beside others.
 *
 * @param {ts.Program} program
 * @param {ts.SourceFile} file
 * @returns {{ found: { rule: string, line: number, text: string }[], elementCount: number }}
 */
export function findBareText(program, file) {
  const checker = program.getTypeChecker();
  const found = [];
  let elementCount = 0;
  const report = (rule, node) => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    found.push({ rule, line, text: node.getText(file).replace(/\s+/g, " ").slice(0, 100) });
  };
  const visit = (node) => {
    if (ts.isJsxElement(node) || ts.isJsxFragment(node)) {
      elementCount += 1;
      const children = node.children.filter((child) => !isNothing(child));
      const isBeside = children.length > 1 || ts.isJsxFragment(node);
      for (const child of children) {
        if (isText(child, isBeside)) report("bare-text", child);
      }
    }
    if (isComponent(node) && answersWithText(node))
      report("component-of-text", node.name ?? node.parent.name);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { found, elementCount };

  function isText(child, isBeside) {
    if (ts.isJsxText(child)) return isBeside;
    if (!ts.isJsxExpression(child) || !child.expression) return false;
    const type = checker.getTypeAtLocation(child.expression);
    if (isBeside) return mayBeText(type) && !isOfNext(child.expression);
    return isRich(child.expression) && !isInRichText(child);
  }

  /** `t.rich(…)` and its like: an array of texts and elements. */
  function isRich(expression) {
    if (!ts.isCallExpression(expression)) return false;
    const type = checker.getTypeAtLocation(expression);
    return mayBeText(type) && !isOnlyText(type);
  }

  /** The component that gives each piece an element. */
  function isInRichText({ parent }) {
    return ts.isJsxElement(parent) && parent.openingElement.tagName.getText(file) === "RichText";
  }

  /** What Next hands to a layout are elements of its own. */
  function isOfNext(expression) {
    return /\/layout\.tsx$/.test(file.fileName) && expression.getText(file) === "children";
  }

  function answersWithText(node) {
    const [signature] = checker.getTypeAtLocation(node).getCallSignatures();
    if (!signature) return false;
    const type = checker.getReturnTypeOfSignature(signature);
    return mayBeText(checker.getAwaitedType(type) ?? type);
  }

  function mayBeText(type) {
    if (type.isUnion()) return type.types.some(mayBeText);
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return true;
    if (type.isStringLiteral()) return type.value !== "";
    if (type.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike))
      return true;
    const item = checker.isArrayType(type) ? checker.getTypeArguments(type)[0] : undefined;
    return item !== undefined && mayBeText(item);
  }

  function isOnlyText(type) {
    const types = type.isUnion() ? type.types : [type];
    const textOrNothing =
      ts.TypeFlags.StringLike |
      ts.TypeFlags.NumberLike |
      ts.TypeFlags.Null |
      ts.TypeFlags.Undefined |
      ts.TypeFlags.BooleanLike;
    return types.every(({ flags }) => flags & textOrNothing);
  }
}

function isNothing(child) {
  if (ts.isJsxText(child)) return child.containsOnlyTriviaWhiteSpaces;
  return ts.isJsxExpression(child) && !child.expression;
}

/** A function that is named as a component is. */
function isComponent(node) {
  const isFunction =
    ts.isFunctionDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node);
  if (!isFunction) return false;
  const name = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return name !== undefined && ts.isIdentifier(name) && /^[A-Z]/.test(name.text);
}
