/** What is to be said of a proof that is under way, or did not succeed. */
export interface Said {
  readonly tone: "calm" | "error";
  readonly text: string;
}
