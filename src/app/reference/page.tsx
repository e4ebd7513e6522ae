import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { descriptions } from "../../server/faces/openapi/document";
import { Card } from "../components/card";
import { PageTitle } from "../components/page-title";
import { Operation } from "./operation";
import styles from "./reference.module.css";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("reference");
  return { title: t("title") };
}

/** The OpenAPI document, to be read. What comes out of the document is in the language of the document. */
export default async function ReferencePage() {
  const t = await getTranslations("reference");
  const groups = [...new Set(descriptions.map(({ group }) => group))];
  return (
    <Card size="wide">
      <PageTitle title={t("title")}>{t("text")}</PageTitle>
      <p>
        <a className={styles.link} href="/api/openapi.json">
          {t("document")}
        </a>
      </p>
      {groups.map((group) => (
        <section key={group} aria-labelledby={idOf(group)} lang="en">
          <h2 id={idOf(group)} className={styles.group}>
            {group}
          </h2>
          {descriptions
            .filter((description) => description.group === group)
            .map((description) => (
              <Operation key={`${description.method} ${description.path}`} description={description} />
            ))}
        </section>
      ))}
    </Card>
  );
}

function idOf(group: string): string {
  return `group-${group.toLowerCase().replaceAll(" ", "-")}`;
}
