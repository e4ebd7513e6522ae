import { overNetwork } from "./network-fault";
import { withinTime } from "./time-limit";

/**
 * Loads a part of the program that is needed only now. One that comes too late is there for the next try.
 *
 * @param load calls `import()`
 * @throws TimeLimitError when it does not come in time; else what the import throws, as a fault of the network
 */
export function loadPart<T>(load: () => Promise<T>): Promise<T> {
  return withinTime("script", overNetwork(load));
}
