import { type MailData, type MailLocale, mailKinds, mailLocaleOf } from "./mail";
import { en } from "./texts/en";
import type { MailTexts } from "./texts/texts";
import { zh } from "./texts/zh";

const texts: Readonly<Record<MailLocale, MailTexts>> = { en, "zh-Hans": zh };

/** A paragraph that is nothing but the code, or the link. */
const CODE = "{code}";
const LINK = "{link}";

export interface WrittenMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * The words of a mail, as text and as HTML: no picture, nothing that is loaded from anywhere, so that opening it tells nobody;
 * and no link but that of an invitation. It can be read in dark mode.
 *
 * @param host of the service, as people know it
 * @returns undefined for a kind that this version does not know
 */
export function writeMail(
  mail: { readonly kind: string; readonly locale: string },
  data: MailData,
  host: string,
): WrittenMail | undefined {
  const kind = mailKinds.find((one) => one === mail.kind);
  if (!kind) return undefined;
  const locale = mailLocaleOf(mail.locale);
  const { subject, paragraphs } = texts[locale][kind];
  const values = {
    ...{ host, code: data.code && groupsOf(data.code), link: data.link },
    day: data.at && dayOf(data.at, locale),
  };
  const filled = paragraphs.map((text) => ({
    ...{ text: fill(text, values), isCode: text === CODE, isLink: text === LINK },
  }));
  const title = fill(subject, values);
  return {
    subject: title,
    text: `${filled.map(({ text, isCode }) => (isCode ? `    ${text}` : text)).join("\n\n")}\n`,
    html: htmlOf(title, filled, locale),
  };
}

function dayOf(at: string, locale: MailLocale): string {
  return new Date(at).toLocaleDateString(locale, { dateStyle: "long", timeZone: "UTC" });
}

/** Eight digits in one row are hard to carry over. */
function groupsOf(code: string): string {
  return code.replace(/(.{4})(?=.)/g, "$1 ");
}

function fill(text: string, values: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}

function htmlOf(
  title: string,
  paragraphs: readonly { readonly text: string; readonly isCode: boolean; readonly isLink: boolean }[],
  language: string,
): string {
  const body = paragraphs
    .map(({ text, isCode, isLink }) => {
      const inner = escapeHtml(text);
      return `<p${isCode ? ' class="code"' : ""}>${isLink ? `<a href="${inner}">${inner}</a>` : inner}</p>`;
    })
    .join("\n");
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Colours only in pairs, and none where a mail program takes the page's own: nothing ends up dark on dark. */
const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 24px 16px; background: #ffffff; color: #1b1d22; }
main { max-width: 32em; margin: 0 auto; font: 16px/1.5 system-ui, sans-serif; }
p { margin: 0 0 16px; }
a { color: #1f5fd6; overflow-wrap: anywhere; }
.code { margin: 24px 0; font: 600 28px/1.2 ui-monospace, monospace; letter-spacing: 2px; }
@media (prefers-color-scheme: dark) { body { background: #16181d; color: #eceef2; } a { color: #8ab4ff; } }
`;

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
