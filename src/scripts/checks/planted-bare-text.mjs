/** One breach of each kind. A rule that lets its own breach pass does not guard anything. */
export const plantedBareText = [
  { rule: "bare-text", source: "export const A = () => <p>Hello <b>you</b></p>;" },
  {
    rule: "bare-text",
    source: "export const A = ({ name }: { name: string }) => <h3>{name}<span>here</span></h3>;",
  },
  {
    rule: "bare-text",
    source: 'export const A = ({ is }: { is: boolean }) => <p>{is && "on"}<b /></p>;',
  },
  { rule: "bare-text", source: "export const A = ({ n }: { n: number }) => <p>{n}<b /></p>;" },
  { rule: "bare-text", source: "export const A = ({ t }: { t: string }) => <>{t}</>;" },
  { rule: "bare-text", source: 'export const A = () => <p>{["one", "two"]}<b /></p>;' },
  {
    rule: "bare-text",
    source:
      'import type { ReactNode } from "react"; export const A = ({ c }: { c: ReactNode }) => <p>{c}<b /></p>;',
  },
  {
    rule: "bare-text",
    source:
      'import { useTranslations } from "next-intl"; export const A = () => { const t = useTranslations(); return <p>{t.rich("qrSignIn.localhost", { code: () => <b /> })}</p>; };',
  },
  { rule: "component-of-text", source: "export function A({ t }: { t: string }) { return t; }" },
  {
    rule: "component-of-text",
    source: "export const A = ({ t }: { t: string | null }) => (t === null ? <b /> : t);",
  },
];

/** What must pass. */
export const permittedPage = `
import type { ReactNode } from "react";
export const One = ({ t }: { t: string }) => <p>{t}</p>;
export const Either = ({ t }: { t: string | null }) => <p>{t ?? <b />}</p>;
export const Beside = ({ t }: { t: string | null }) => <p>{t !== null && <b>{t}</b>}<i /></p>;
export const Listed = ({ t }: { t: readonly string[] }) => <ul>{t.map((one) => <li key={one}>{one}</li>)}<li /></ul>;
export const Inside = ({ children }: { children: ReactNode }) => <p>{children}</p>;
export const Nothing = ({ t }: { t: "" | null }) => <p>{t}{/* said nowhere */}<b /></p>;
export async function Later() { return <p>later</p>; }
`;
