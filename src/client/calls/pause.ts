import { abortable } from "./abortable";

/** @throws the signal's reason when it aborts meanwhile */
export function pause(timeInMs: number, signal?: AbortSignal | null): Promise<void> {
  return abortable(new Promise((resolve) => setTimeout(resolve, timeInMs)), signal);
}
