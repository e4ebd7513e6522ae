import type { TabChannel } from "./tab-channel";

const ASK_TIMEOUT_IN_MS = 500;
/** When nothing says that there is a newer token: it is only that word of it may still be on its way. */
const MERE_LOOK_TIMEOUT_IN_MS = 250;

interface Generations {
  /** Of the tokens that this tab has. */
  readonly own: number;
  /** That the stamp all tabs share tells of. */
  readonly announced: number;
}

/**
 * Asks the other tabs for tokens newer than one's own, and waits while one of them may still have them. They come to
 * a tab that listened before.
 *
 * Neither the stamp nor the message of a renewal needs to have arrived when its lock is free again: browsers carry the
 * three on ways of their own. So the tabs are asked also when nothing speaks for it.
 */
export async function askForNewerTokens(tabs: TabChannel, { own, announced }: Generations): Promise<void> {
  const isNewer = announced > own;
  const others = await tabs.countOthers();
  if (others === 0 || (others === "unknown" && !isNewer)) return;
  await ask(tabs, {
    generation: isNewer ? announced : own + 1,
    answers: others === "unknown" ? 1 : others,
    timeoutInMs: isNewer ? ASK_TIMEOUT_IN_MS : MERE_LOOK_TIMEOUT_IN_MS,
  });
}

interface Question {
  /** The lowest that is of use. */
  readonly generation: number;
  /** How many tabs may say no. */
  readonly answers: number;
  readonly timeoutInMs: number;
}

/** Until a newer token has come, as many tabs as there are have said that they have none, or time is up. */
function ask(tabs: TabChannel, { generation, answers, timeoutInMs }: Question): Promise<void> {
  return new Promise((resolve) => {
    let left = answers;
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, timeoutInMs);
    const stop = tabs.listen((message) => {
      if (message.type === "stale" && message.generation === generation) left -= 1;
      const isAnswer = message.type === "tokens" && message.generation >= generation;
      if (isAnswer || left === 0) done();
    });
    tabs.post({ type: "ask", generation });
  });
}
