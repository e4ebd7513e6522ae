import type { MailTexts } from "./texts";

export const en: MailTexts = {
  test: {
    subject: "A test from {host}",
    paragraphs: [
      "This mail was sent to try whether {host} can send mail. It can.",
      "There is nothing to do.",
    ],
  },
};
