import { describe, expect, it } from "vitest";
import { FairTurns, type Party, partyByItself, partyOf, SharedPlaces } from "./fair-share";

/** Takes places until there is none more. @returns how many there were */
function takeAll(places: SharedPlaces, party: () => Party, most = 1000): number {
  for (let count = 0; count < most; count += 1) if (!places.take(party())) return count;
  return most;
}

const ipv4 = (last: number) => partyOf(`192.0.2.${last}`);

describe("places that are shared", () => {
  it("one address gets half of them, the next half of the rest, and one more finds room", () => {
    const places = new SharedPlaces(100);
    expect(takeAll(places, () => ipv4(1))).toBe(50);
    expect(takeAll(places, () => ipv4(2))).toBe(25);
    expect(places.take(ipv4(3))).toBeDefined();
  });

  it("are all taken when everybody wants one", () => {
    const places = new SharedPlaces(100);
    let next = 0;
    expect(takeAll(places, () => ipv4(next++))).toBe(100);
    expect(places.take(ipv4(200))).toBeUndefined();
  });

  it("come back, each once, to the next caller", () => {
    const places = new SharedPlaces(2);
    const giveBack = places.take(ipv4(1));
    expect(places.take(ipv4(1))).toBeUndefined();
    giveBack?.();
    expect(places.take(ipv4(1))).toBeDefined();
    expect(places.take(ipv4(2))).toBeDefined();
  });

  it("all networks of one /48 get no more than one address; one of them leaves some to its neighbours", () => {
    const places = new SharedPlaces(90);
    expect(takeAll(places, () => partyOf("2001:db8:1:1::1"))).toBe(30);
    expect(places.take(partyOf("2001:db8:1:2::1"))).toBeDefined();
    let network = 3;
    const others = takeAll(places, () => partyOf(`2001:db8:1:${(network++).toString(16)}::1`));
    expect(31 + others).toBe(45);
    expect(places.take(partyOf("2001:db8:2::1"))).toBeDefined();
  });

  it("callers whose address is not known are one party, which crowds nobody else out", () => {
    const places = new SharedPlaces(10);
    expect(takeAll(places, () => partyOf(null))).toBe(5);
    expect(places.take(ipv4(1))).toBeDefined();
  });
});

describe("turns", () => {
  /** Asks in this order behind one that runs. @returns the order in which they ran */
  async function orderOf(parties: readonly (readonly [string, Party])[]): Promise<string[]> {
    const turns = new FairTurns(1);
    const ran: string[] = [];
    const first = turns.run(ipv4(0), () => new Promise<void>((resolve) => setImmediate(resolve)));
    const others = parties.map(([name, party]) => turns.run(party, async () => void ran.push(name)));
    expect(turns.waitingCount).toBe(parties.length);
    await Promise.all([first, ...others]);
    expect(turns.waitingCount).toBe(0);
    return ran;
  }

  it("who comes late, from another address, waits for one of the crowd and not for all of it", async () => {
    const crowd = Array.from({ length: 5 }, (_, index) => [`a${index}`, ipv4(1)] as const);
    expect(await orderOf([...crowd, ["b0", ipv4(2)], ["b1", ipv4(2)]])).toEqual([
      ..."a0 b0 a1 b1 a2 a3 a4".split(" "),
    ]);
  });

  it("a /48 with many networks has one turn in a round, and so has each network among its own", async () => {
    const site = (network: number) => partyOf(`2001:db8:1:${network}::1`);
    const crowd = [
      ["a0", site(1)],
      ["a1", site(1)],
      ["b0", site(2)],
      ["c0", site(3)],
    ] as const;
    expect(await orderOf([...crowd, ["x0", ipv4(1)], ["x1", ipv4(1)]])).toEqual([
      ..."a0 x0 b0 x1 c0 a1".split(" "),
    ]);
  });

  it("a known device has turns of its own, wherever it is", async () => {
    const crowd = Array.from({ length: 3 }, (_, index) => [`a${index}`, ipv4(1)] as const);
    const device = partyByItself("thumbprint");
    expect(await orderOf([...crowd, ["d0", device]])).toEqual([..."a0 d0 a1 a2".split(" ")]);
  });

  it("go on after a job that fails, and never run more at once than they may", async () => {
    const turns = new FairTurns(2);
    let running = 0;
    let most = 0;
    const job = async (index: number) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (index % 2 === 0) throw new Error("a fault");
    };
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => turns.run(ipv4(index % 3), () => job(index))),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(most).toBe(2);
    await turns.run(ipv4(1), async () => undefined);
  });
});
