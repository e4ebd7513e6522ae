import type { MailKind } from "../mail";

/**
 * The words of one mail. `{host}` stands for the service's host, `{day}` for the day it is about; `{code}` and `{link}` stand by
 * themselves as a paragraph.
 */
export interface MailText {
  readonly subject: string;
  readonly paragraphs: readonly string[];
}

export type MailTexts = Readonly<Record<MailKind, MailText>>;
