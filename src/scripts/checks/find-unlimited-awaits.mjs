import ts from "typescript";

/** Functions that give what they are handed a time limit. */
const LIMITERS = new Set(["withinTime", "loadPart", "wholeAnswer", "connect", "dynamic"]);

/** By the name that is called. Each may leave a page without an answer for good. */
const KINDS = [
  { kind: "a fetch", called: /^(?:\w+\.)*fetch$/ },
  { kind: "WebCrypto", called: /\bsubtle\.\w+$/ },
  { kind: "WebCrypto", called: /^(?:importJWK|generateKeyPair|importPKCS8|importSPKI)$/ },
  { kind: "IndexedDB", called: /\bindexedDB\.\w+$|^createStore$/ },
  { kind: "a lock", called: /\blocks\s*\.(?:request|query)$/ },
  { kind: "a device", called: /\bmediaDevices\.\w+$|\.applyConstraints$/ },
  { kind: "playing", called: /\bvideo\.play$/ },
  {
    kind: "a permission",
    called: /\bpermissions\.query$|\.requestPermission$|\bstorage\.(?:persist|estimate)$/,
  },
  { kind: "a service worker", called: /\bserviceWorker\.\w+$/ },
  { kind: "the clipboard", called: /\bclipboard\.\w+$/ },
  { kind: "a prompt", called: /\.prompt$/ },
  {
    kind: "a body",
    called: /\b(?:response|request)\w*(?:\.clone\(\))?\.(?:text|json|blob|arrayBuffer|formData)$/i,
  },
  { kind: "a body", called: /\breader\.read$/ },
];

/**
 * Where something of the browser or the network is asked that may never answer, and nothing limits the wait.
 *
 * What is handed to one of the functions that limit, also within a function, is limited.
 *
 * @returns {{ line: number, kind: string, text: string }[]}
 */
export function findUnlimitedAwaits(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const look = (node) => {
    if (isLimiter(node)) return;
    const kind = ts.isCallExpression(node) ? kindOf(node) : undefined;
    if (kind) {
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      found.push({ line, kind, text: node.getText(file).replace(/\s+/g, " ").slice(0, 100) });
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return found;
}

function isLimiter(node) {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && LIMITERS.has(node.expression.text);
}

function kindOf({ expression }) {
  if (expression.kind === ts.SyntaxKind.ImportKeyword) return "a part of the program";
  const called = expression.getText().replace(/[\s?]+/g, "");
  return KINDS.find((kind) => kind.called.test(called))?.kind;
}
