/** An end of the session, as a tab tells of it. */
export interface SessionEnd {
  readonly reason: string;
  readonly byOtherTab: boolean;
}

/**
 * Who has asked for the sign-out that is under way. Word of the end comes on several ways (the service's stream, a refused
 * call, the other tabs, the stamp) and in any order: none of them says who asked, so that is kept here alone.
 */
export class Leaving {
  #askedBy: "nobody" | "this_tab" | "another_tab" = "nobody";

  askedHere(): void {
    this.#askedBy = "this_tab";
  }

  askedElsewhere(): void {
    if (this.#askedBy === "nobody") this.#askedBy = "another_tab";
  }

  /** Someone has signed in since. */
  forget(): void {
    this.#askedBy = "nobody";
  }

  /** The end as it is reported: when a user asked for it, that is the reason, and only the tab that was asked finishes it. */
  explain(end: SessionEnd): SessionEnd {
    if (this.#askedBy === "nobody") return end;
    return { reason: "signed_out", byOtherTab: this.#askedBy === "another_tab" };
  }
}
