"use client";

import { useState } from "react";
import { Button } from "../../components/button";
import type { Elements } from "../../components/elements";
import { useFocusBack } from "../../components/use-focus-back";
import styles from "./change-in-place.module.css";

interface ChangeInPlaceProps {
  /** Of the button. */
  label: string;
  /** What stands in its place once it is pressed. */
  children: (close: () => void) => Elements;
}

/** A button and, in its place, the form that changes something. */
export function ChangeInPlace({ label, children }: ChangeInPlaceProps) {
  const [isOpen, setIsOpen] = useState(false);
  const box = useFocusBack<HTMLDivElement>(isOpen);
  return (
    <div ref={box} className={styles.box}>
      {isOpen ? (
        children(() => setIsOpen(false))
      ) : (
        <Button look="plain" onClick={() => setIsOpen(true)}>
          {label}
        </Button>
      )}
    </div>
  );
}
