"use client";

import { useSyncExternalStore } from "react";
import "./styles/tokens.css";
import "./styles/base.css";
import { Button } from "./components/button";
import { Card } from "./components/card";
import { PageTitle } from "./components/page-title";

/** When the layout itself fails there is no catalogue either: these few words are here, in both languages. */
const words = {
  en: {
    title: "Something went wrong",
    text: "The fault is on our side, and nothing of yours was lost.",
    retry: "Try again",
  },
  "zh-Hans": { title: "出了点问题", text: "问题在我们这边，你的内容没有丢失。", retry: "重试" },
} as const;

const never = () => () => {};

export default function GlobalError({ retry }: { error: unknown; retry: () => void }) {
  const isChinese = useSyncExternalStore(
    never,
    () => navigator.language.toLowerCase().startsWith("zh"),
    () => false,
  );
  const locale = isChinese ? "zh-Hans" : "en";
  const { title, text, retry: again } = words[locale];
  return (
    <html lang={locale}>
      <body>
        <title>{title}</title>
        <Card size="narrow" align="centre">
          <PageTitle title={title}>{text}</PageTitle>
          <Button look="primary" width="full" onClick={() => retry()}>
            {again}
          </Button>
        </Card>
      </body>
    </html>
  );
}
