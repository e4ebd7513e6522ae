"use client";

import { useTranslations } from "next-intl";
import { csvLineOf } from "../../../../contract/csv";
import type { ListedPersonOutput } from "../../../../contract/invitation-lists";
import { Button } from "../../../components/button";
import styles from "./list.module.css";

/** The links of a list where no mail takes them to their people. They are shown this once. */
export function ListLinks({ people }: { people: readonly ListedPersonOutput[] }) {
  const t = useTranslations("invitationList");
  const links = people.flatMap(({ email, roles, url }) =>
    url === null ? [] : [{ email: email ?? "", roles: roles.join(" "), url }],
  );
  if (links.length === 0) return null;
  const save = () =>
    saveText(
      "invitations.csv",
      [["email", "roles", "link"], ...links.map(({ email, roles, url }) => [email, roles, url])]
        .map(csvLineOf)
        .join(""),
    );
  return (
    <>
      <p className={styles.danger}>{t("secret")}</p>
      <div>
        <Button onClick={save}>{t("save")}</Button>
      </div>
      <ul className={styles.lines}>
        {links.map(({ email, url }) => (
          <li key={url}>
            <span translate="no">{email}</span>
            <code className={styles.link} translate="no">
              {url}
            </code>
          </li>
        ))}
      </ul>
    </>
  );
}

function saveText(name: string, text: string): void {
  const link = document.createElement("a");
  // With a mark, by which spreadsheets know that it is UTF-8.
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  link.download = name;
  link.click();
  // The browser has begun to save it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
