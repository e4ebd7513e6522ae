import { StringDecoder } from "node:string_decoder";
import { format, stripVTControlCharacters } from "node:util";
import { type Log, sumUp } from "./log";

/** Enough of a line to see what it is about; what prints more is not read line by line anyway. */
const MAX_LINE_LENGTH = 8_192;

type Level = "debug" | "info" | "warn" | "error";

const levelOf: Readonly<Record<string, Level>> = {
  debug: "debug",
  trace: "debug",
  log: "info",
  info: "info",
  warn: "warn",
  error: "error",
};

/**
 * Puts everything that a library prints into the log, a line of it each: console, standard output and error, and Node's own
 * warnings. What they print may hold what a caller sent, which could forge a line of ours or speak to a terminal.
 *
 * The log itself must not write through `process.stdout`.
 *
 * @param log takes the lines
 * @returns the function that gives everything back
 */
export function captureOutput(log: Log): () => void {
  const restores = [
    captureConsole(log),
    captureStream(process.stdout, (line) => log.info({ [sumUp]: kindOf(line), source: "stdout" }, line)),
    captureStream(process.stderr, (line) => log.warn({ [sumUp]: kindOf(line), source: "stderr" }, line)),
    captureWarnings(log),
  ];
  return () => {
    for (const restore of restores) restore();
  };
}

function captureConsole(log: Log): () => void {
  const originals = Object.keys(levelOf).map((name) => [name, Reflect.get(console, name)] as const);
  for (const [name, level] of Object.entries(levelOf)) {
    Reflect.set(console, name, (...values: unknown[]) => {
      const text = cleaned(format(...values));
      if (text !== "") log[level]({ [sumUp]: kindOf(text), source: "console" }, text);
    });
  }
  return () => {
    for (const [name, original] of originals) Reflect.set(console, name, original);
  };
}

function captureStream(stream: NodeJS.WriteStream, take: (line: string) => void): () => void {
  const original = stream.write;
  const decoder = new StringDecoder("utf8");
  let begun = "";
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    begun += typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
    const lines = begun.split(/\r\n|[\r\n]/);
    begun = lines.pop() ?? "";
    if (begun.length > MAX_LINE_LENGTH) {
      lines.push(begun);
      begun = "";
    }
    for (const line of lines) {
      const text = cleaned(line);
      if (text !== "") take(text);
    }
    const done = rest.find((value) => typeof value === "function");
    if (done) queueMicrotask(() => done());
    return true;
  };
  return () => {
    stream.write = original;
  };
}

/** Node writes warnings past `process.stderr`, so its own listener has to go. */
function captureWarnings(log: Log): () => void {
  const own = process.listeners("warning").filter(({ name }) => name === "onWarning");
  for (const listener of own) process.off("warning", listener);
  const take = (warning: Error) =>
    log.warn({ source: "node", err: warning }, "a warning of Node or a library");
  process.on("warning", take);
  return () => {
    process.off("warning", take);
    for (const listener of own) process.on("warning", listener);
  };
}

/**
 * Errors that nobody caught are logged, and the process lives: a fault in one request's leftovers must not end everybody's
 * service. What the framework does with them, which is to print them, is taken away.
 */
export function logUncaughtErrors(log: Log): void {
  process.removeAllListeners("uncaughtException").removeAllListeners("unhandledRejection");
  process.on("uncaughtException", (error) => log.error({ err: error }, "uncaught error"));
  process.on("unhandledRejection", (error) => log.error({ err: error }, "unhandled rejection"));
}

/** What a caller can put into a printed line tends to be at its end. */
function kindOf(line: string): string {
  return `printed ${line.slice(0, 40)}`;
}

/** Without the colours that libraries add for terminals. */
function cleaned(text: string): string {
  return stripVTControlCharacters(text.slice(0, MAX_LINE_LENGTH)).trim();
}
