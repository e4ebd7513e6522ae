/** One breach of each kind. A check that lets its own breach pass does not guard anything. */
export const plantedModuleState = [
  "let known: string | undefined; export const read = () => (known ??= 'x');",
  "export let count = 0;",
  "var count = 0;",
  "const runs = new WeakMap<Response, () => void>();",
  "export const live = new Map<string, number>();",
  "const seen: Set<string> = new Set();",
  "const remembered = new LRUCache<string, string>({ max: 10 });",
  "const queue: string[] = [];",
  "const cache: Record<string, string> = {};",
  "const cache = {} as Record<string, string>;",
  "if (isOn) { const live = new Map(); share(live); }",
  "class Keys { static known = new Map(); }",
  "class Keys { static readonly known = new Map(); }",
  "class Keys { static count = 0; }",
];

/** What must pass: tables that stay as they are, and what belongs to a call or to an object. */
export const permittedModule = `
const names: ReadonlySet<string> = new Set(["a", "b"]);
const schemes: ReadonlyMap<string, string> = new Map([["a", "b"]]);
const none: readonly string[] = [];
const nothing: Readonly<Record<string, string>> = {};
const limits = { a: 1 } as const;
const once = ["a", "b"];
const encoder = new TextEncoder();
class Keys { static readonly LIMIT = 5; readonly #known = new Map(); #count = 0; read() { let found; return found; } }
function count() { let found = 0; const seen = new Set(); return [found, seen]; }
export const later = () => { let found = 0; return found; };
declare global { var countersign: object | undefined; }
for (const name of once) { use(name); }
`;
