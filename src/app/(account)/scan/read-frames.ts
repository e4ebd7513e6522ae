"use client";

import { type FrameReader, frameReaders } from "./frame-readers";

/** Between two looks: often enough to feel instant, seldom enough to leave a phone cool. */
const PAUSE_IN_MS = 80;
/** A phone that needs long for a look rests as long, up to here. */
const MAX_PAUSE_IN_MS = 300;
/** The best reader has the first second alone: it is the one that costs least, and mostly it is enough. */
const FIRST_ALONE_FOR_IN_MS = 1_000;
/** A look that takes longer does not hold up the others. What it finds still counts. */
const LOOK_LIMIT_IN_MS = 1_000;

/**
 * Looks at the video again and again until the signal ends it. A second after the first picture, all readers take turns: one
 * that finds nothing, reads something else, fails, or never answers keeps no other from reading the code. The page stays
 * responsive: the browser's own detector works beside it, and ours gives way between its steps.
 *
 * @param onTexts called with the texts of the codes in the picture, whenever there are some
 */
export async function readFrames(
  video: HTMLVideoElement,
  onTexts: (texts: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const { readers, close } = frameReaders();
  const looking = new Set<FrameReader>();
  let isFirstAlone = true;
  let clock: ReturnType<typeof setTimeout> | undefined;
  let restInMs = PAUSE_IN_MS;
  for (let turn = 0; !signal.aborted; await pause(restInMs)) {
    if (!hasPicture(video)) continue;
    clock ??= setTimeout(() => {
      isFirstAlone = false;
    }, FIRST_ALONE_FOR_IN_MS);
    const reader = readers[turn % readers.length];
    const beganAtInMs = performance.now();
    const hasAnswered = reader && !looking.has(reader) && (await look(reader));
    if (!hasAnswered || !isFirstAlone) turn += 1;
    restInMs = Math.min(Math.max(PAUSE_IN_MS, performance.now() - beganAtInMs), MAX_PAUSE_IN_MS);
  }
  clearTimeout(clock);
  close();

  /** @returns whether there was an answer in time, be it that there is nothing to read */
  async function look(reader: FrameReader): Promise<boolean> {
    looking.add(reader);
    const answer = reader
      .read(video)
      .then(
        (texts) => {
          if (!signal.aborted && texts.length > 0) onTexts(texts);
          return true;
        },
        () => false,
      )
      .finally(() => looking.delete(reader));
    return Promise.race([answer, pause(LOOK_LIMIT_IN_MS).then(() => false)]);
  }
}

/** Whether there is a picture to read: a camera that has only just started, or is covered by its system, has none yet. */
export function hasPicture(video: HTMLVideoElement): boolean {
  return (
    video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0 && video.videoHeight > 0
  );
}

function pause(durationInMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationInMs));
}
