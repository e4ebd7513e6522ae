import { setFlagsFromString } from "node:v8";

/** By how many percent of what is in use the heap may grow before it is tidied. */
const HEAP_GROWTH_IN_PERCENT = 60;

/**
 * Lets the garbage of V8 be collected when the heap has grown by {@link HEAP_GROWTH_IN_PERCENT}. V8 by itself waits for up to four
 * times of what is in use on a machine with much memory, so that a few thousand rendered pages, asked for by anybody, doubled the
 * memory of the process and it kept that. Unlike a limit of the heap, this ends no process that needs more.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_IN_PERCENT}`);
}
