import type { Words } from "../../components/words";

/** What the page says of what was just done. */
export interface Report {
  readonly tone: "calm" | "error";
  readonly words: Words;
}
