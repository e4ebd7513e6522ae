"use client";

import { Button, type ButtonShape } from "../../components/button";
import styles from "./qr-panel.module.css";
import { Sign, type SignName } from "./sign";
import { StateTitle } from "./state-title";

interface MessageScreenProps {
  sign: SignName;
  title: string;
  text: string;
  action?: { label: string; onClick: () => void; look?: ButtonShape["look"] };
}

/** One state in words, and what can be done about it. */
export function MessageScreen({ sign, title, text, action }: MessageScreenProps) {
  return (
    <div className={styles.screen}>
      <StateTitle title={title} />
      <Sign sign={sign} />
      <h3 className={styles.title}>{title}</h3>
      <p className={styles.text}>{text}</p>
      {action && (
        <Button look={action.look ?? "secondary"} onClick={action.onClick}>
          {action.label}
        </Button>
      )}
    </div>
  );
}
