import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { type OpenOutbox, openOutbox } from "../../helpers/mail/outbox";

let mailServer: MailServer;
let outbox: OpenOutbox;

beforeEach(async () => {
  mailServer = await startMailServer();
  outbox = await openOutbox(mailServer.port);
});
afterEach(async () => {
  await outbox.close();
  await mailServer.close();
});

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `user${index}@example.com`);
const received = () => mailServer.mails.flatMap(({ to }) => to);

describe("a mail in the outbox", () => {
  it("is sent once, with its own Message-ID, and its row is deleted", async () => {
    const id = await outbox.add("ada@example.com");
    await outbox.sender().sendDue();
    expect(received()).toEqual(["ada@example.com"]);
    const [mail] = mailServer.mails;
    expect(mail?.header("Message-ID")).toBe(`<${id}@example.com>`);
    expect(mail?.header("Auto-Submitted")).toBe("auto-generated");
    expect(mail?.from).toBe("accounts@example.com");
    expect(await outbox.waiting()).toEqual([]);
  });

  it("holds what it is made of encrypted", async () => {
    await outbox.add("ada@example.com");
    const [row] = await outbox.waiting();
    expect(JSON.stringify(row)).not.toContain("12345678");
  });

  it("comes after the mail server was gone for an hour, and so do all others", async () => {
    const { port } = mailServer;
    await mailServer.close();
    const all = addresses(30);
    for (const address of all) await outbox.add(address);
    const sender = outbox.sender();
    for (let minute = 0; minute < 60; minute += 1) {
      await sender.sendDue();
      outbox.clock.advance(60);
    }
    expect(await outbox.waiting()).toHaveLength(30);
    mailServer = await startMailServer(port);
    // The longest wait is a quarter of an hour.
    outbox.clock.advance(900);
    await sender.sendDue();
    expect(received().sort()).toEqual([...all].sort());
    expect(await outbox.waiting()).toEqual([]);
  });

  it("waits where its lane has sent as many as it may, over two instances, and all come in the end", async () => {
    const all = addresses(12);
    for (const address of all) await outbox.add(address);
    let left = 0;
    // One that both share, as instances do.
    const budget = {
      consume: async () => {
        if (left === 0) return 60;
        left -= 1;
        return 0;
      },
      count: async () => 0,
      giveBack: async () => {
        left += 1;
      },
    };
    const instances = [outbox.sender(undefined, { budget }), outbox.sender(undefined, { budget })];
    for (let window = 1; window <= 3; window += 1) {
      left = 5;
      await Promise.all(instances.map((sender) => sender.sendDue()));
      expect(received().length).toBe(Math.min(5 * window, 12));
      expect((await outbox.waiting()).length).toBe(12 - received().length);
    }
    while (received().length < 12) {
      left = 5;
      await instances[0]?.sendDue();
    }
    expect(received().sort()).toEqual([...all].sort());
  });

  it("is sent once by two instances that send at the same time, fifty times", async () => {
    const all = addresses(50);
    for (const address of all) await outbox.add(address);
    await Promise.all([outbox.sender().sendDue(), outbox.sender().sendDue()]);
    expect(received().sort()).toEqual([...all].sort());
  });

  it("is sent by another instance when the one that had it is gone before it was sent", async () => {
    const id = await outbox.add("ada@example.com");
    // What is left of an instance that was killed just after it had claimed the row.
    await outbox.store.claim({ id, tries: 0 }, new Date(outbox.clock.now().getTime() + 180_000));
    await outbox.sender().sendDue();
    expect(received()).toEqual([]);
    outbox.clock.advance(181);
    await outbox.sender().sendDue();
    expect(received()).toEqual(["ada@example.com"]);
  });

  it("comes a second time at most, with the same Message-ID, when an instance is gone between the sending and its note of it", async () => {
    const id = await outbox.add("ada@example.com");
    // It was killed there: nothing comes of what it does afterwards.
    const killed = outbox.sender({ ...outbox.store, remove: () => new Promise(() => undefined) });
    void killed.sendDue();
    await mailServer.mailTo("ada@example.com");
    await outbox.sender().sendDue();
    expect(mailServer.mails).toHaveLength(1);
    outbox.clock.advance(181);
    await outbox.sender().sendDue();
    await outbox.sender().sendDue();
    expect(mailServer.mails.map((mail) => mail.header("Message-ID"))).toEqual(
      Array(2).fill(`<${id}@example.com>`),
    );
    expect(await outbox.waiting()).toEqual([]);
  });

  it("is given up when it is of no use any more, and the log says so without the address", async () => {
    await mailServer.close();
    await outbox.add("ada@example.com", 3);
    await outbox.sender().sendDue();
    mailServer = await startMailServer();
    expect(outbox.lines.at(-1)?.text).toBe("a mail was given up");
    expect(JSON.stringify(outbox.lines)).not.toContain("ada@");
    expect(await outbox.waiting()).toEqual([]);
  });

  it("is given up at once when its receiver is refused for good, and the others are sent", async () => {
    await mailServer.close();
    mailServer = await startMailServer(mailServer.port, {
      onRcptTo({ address }, _session, done) {
        const refusal = Object.assign(new Error("no such user"), { responseCode: 550 });
        done(address.startsWith("user1@") ? refusal : null);
      },
    });
    for (const address of addresses(4)) await outbox.add(address);
    await outbox.sender().sendDue();
    expect(received().sort()).toEqual(["user0@example.com", "user2@example.com", "user3@example.com"]);
    expect(outbox.lines).toMatchObject([
      { text: "a mail was given up", facts: { reason: "EENVELOPE RCPT TO 550" } },
    ]);
    expect(await outbox.waiting()).toEqual([]);
  });

  it("is tried again when it is refused for now", async () => {
    let refusals = 0;
    mailServer.onMail = async () => {
      refusals += 1;
      if (refusals === 1) throw Object.assign(new Error("try again later"), { responseCode: 451 });
    };
    await outbox.add("ada@example.com");
    const sender = outbox.sender();
    await sender.sendDue();
    expect(received()).toEqual([]);
    outbox.clock.advance(6);
    await sender.sendDue();
    expect(received()).toEqual(["ada@example.com"]);
  });
});
