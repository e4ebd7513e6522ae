"use client";

import { createContext, useContext } from "react";

interface StepUp {
  /**
   * @param again makes the call that was refused once more
   * @param givenUp called when the user closes the dialog instead
   * @returns whether the user is being asked; false when that is not what the refusal was about
   */
  readonly ask: (error: unknown, again: () => void, givenUp?: () => void) => boolean;
}

/** Where nobody asks, a refusal is one like any other. */
export const StepUpContext = createContext<StepUp>({ ask: () => false });

export function useStepUp(): StepUp["ask"] {
  return useContext(StepUpContext).ask;
}
