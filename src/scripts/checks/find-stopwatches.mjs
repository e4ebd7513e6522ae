import ts from "typescript";

const CLOCK = /^(Date\.now|performance\.now|process\.hrtime(\.bigint)?|process\.uptime)$/;
const BOUND = /^toBeLessThan(OrEqual)?$/;

/**
 * Where an elapsed time, or what was worked out of one, is expected to be less than something. An elapsed time is a
 * difference of which one side comes from a clock; the quotient of two of them is a ratio, and permitted.
 *
 * Names are followed within the file: variables, functions that answer a time, lists that times are pushed into.
 *
 * @returns {{ line: number, text: string }[]}
 */
export function findStopwatches(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const moments = namesOf(file, isMoment);
  const times = namesOf(file, (node, known) => isElapsed(node, known, moments));
  const found = [];
  walk(file, (node) => {
    const expected = ts.isCallExpression(node) ? boundedBy(node) : undefined;
    if (!expected || !contains(expected, (part) => isElapsed(part, times, moments))) return;
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    found.push({ line, text: node.getText(file).replace(/\s+/g, " ").slice(0, 120) });
  });
  return found;
}

/** `x` of `expect(x).toBeLessThan(…)`. */
function boundedBy({ expression }) {
  if (!ts.isPropertyAccessExpression(expression) || !BOUND.test(expression.name.text)) return undefined;
  let inner = expression.expression;
  while (ts.isPropertyAccessExpression(inner)) inner = inner.expression;
  return ts.isCallExpression(inner) && /^expect\b/.test(inner.expression.getText())
    ? inner.arguments[0]
    : undefined;
}

/** All names that hold or answer something of a kind, found again and again until there are no more. */
function namesOf(file, isOfKind) {
  const names = new Set();
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    walk(file, (node) => {
      const [name, value] = named(node);
      if (name && value && contains(value, (part) => isOfKind(part, names))) names.add(name);
    });
  }
  return names;
}

/** A name, and what it is given. */
function named(node) {
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
    const loop = node.parent.parent;
    return [node.name.text, ts.isForOfStatement(loop) ? loop.expression : answerOf(node.initializer)];
  }
  if (ts.isFunctionDeclaration(node) && node.name) return [node.name.text, answerOf(node)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return [node.left.getText(), node.right];
  if (ts.isCallExpression(node) && /\.push$/.test(node.expression.getText()))
    return [node.expression.getText().replace(/\??\.push$/, ""), node];
  return [];
}

/** What a function answers: the body of an arrow, or what comes after `return`. Everything else is its own answer. */
function answerOf(node) {
  if (!node || !ts.isFunctionLike(node)) return node;
  if (!node.body || !ts.isBlock(node.body)) return node.body;
  const answers = [];
  const look = (inner) => {
    if (ts.isFunctionLike(inner)) return;
    if (ts.isReturnStatement(inner) && inner.expression) answers.push(inner.expression);
    ts.forEachChild(inner, look);
  };
  ts.forEachChild(node.body, look);
  return answers.length > 0 ? ts.factory.createArrayLiteralExpression(answers) : undefined;
}

function isMoment(node, names) {
  return (
    (ts.isCallExpression(node) && CLOCK.test(node.expression.getText())) ||
    (ts.isIdentifier(node) && names.has(node.text) && !isMember(node))
  );
}

function isElapsed(node, names, moments) {
  if (ts.isIdentifier(node)) return names.has(node.text) && !isMember(node);
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.MinusToken &&
    [node.left, node.right].some((side) => contains(side, (part) => isMoment(part, moments)))
  );
}

/** The `name` of `something.name` or of `{ name: … }` is no variable of that name. */
function isMember(node) {
  const { parent } = node;
  return (
    parent &&
    (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) &&
    parent.name === node
  );
}

/** Looks into everything but ratios, and functions that are not called here. */
function contains(node, isSo) {
  if (isSo(node)) return true;
  if (isRatio(node, isSo)) return false;
  return ts.forEachChild(node, (child) => contains(child, isSo) || undefined) ?? false;
}

function isRatio(node, isSo) {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.SlashToken &&
    [node.left, node.right].every((side) => contains(side, isSo))
  );
}

function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
