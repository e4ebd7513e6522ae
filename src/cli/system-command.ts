import { presentSystem } from "../server/endpoints/present-system";
import { sheet } from "./answer";
import { type Command, withService } from "./command";

export const systemCommand = {
  system: {
    says: "version, storage, mail, keys and settings, without secrets",
    words: 0,
    prepare: () =>
      withService(async (services) => {
        const data = await presentSystem(services);
        const { storage, mail, keys } = data;
        const facts = sheet({
          version: data.version,
          node: data.node,
          instances: data.instances,
          storage: `${storage.kind} ${storage.version}, ${storage.size_in_bytes} bytes`,
          migrations: `${storage.migrations.applied}, ${storage.migrations.latest}`,
          swept_at: timeOf(storage.swept_at),
          mail: mail.enabled ? "on" : "off",
          mails_waiting: mail.waiting,
          oldest_mail_since: timeOf(mail.oldest_since),
          signing_keys: keys.map(({ kid }) => kid),
          next_rotation_at: timeOf(data.next_rotation_at),
          ...Object.fromEntries(data.settings.map(({ name, value }) => [name, value])),
        });
        return { text: facts.text, data };
      }),
  },
} satisfies Readonly<Record<string, Command>>;

const timeOf = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000));
