/** Time as the server tells it, as far as this client knows. */
export interface Clock {
  /** Seconds since the epoch, corrected: what a proof carries as `iat`. */
  nowInSeconds(): number;
  /** Milliseconds until a proof made then would carry that `iat`; 0 when it is reached. */
  untilInMs(second: number): number;
  /** Learns the offset from a `server_time` (seconds since the epoch) that has just arrived. */
  correct(serverTimeInSeconds: number): void;
}

/** @param now milliseconds since the epoch by this machine's own clock, right or wrong */
export function createClock(now: () => number = Date.now): Clock {
  let offsetInSeconds = 0;
  return {
    nowInSeconds: () => Math.floor(now() / 1000 + offsetInSeconds),
    untilInMs: (second) => Math.max(0, Math.ceil((second - offsetInSeconds) * 1000 - now())),
    correct(serverTimeInSeconds) {
      offsetInSeconds = serverTimeInSeconds - now() / 1000;
    },
  };
}
