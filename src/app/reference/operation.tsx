import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Description } from "../../server/openapi/description";
import { jsonSchemaOf, refusalsByStatus } from "../../server/openapi/document";
import styles from "./reference.module.css";

/** One address and method: a line that opens to what goes in and what comes out. */
export function Operation({ description }: { description: Description }) {
  const t = useTranslations("reference");
  const { method, path, summary, access, parameters, input, success } = description;
  return (
    <details className={styles.operation}>
      <summary className={styles.summary}>
        <code className={styles.method}>{method}</code> <code className={styles.path}>{path}</code>
        <span className={styles.text}>{summary}</span>
      </summary>
      <p className={styles.access}>{t(`access.${access}`)}</p>
      {parameters && (
        <Part title={t("parameters")}>
          <ul>
            {parameters.map(({ name, description: text }) => (
              <li key={name}>
                <code>{name}</code>: {text}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {input && (
        <Part title={t("input")}>
          <Schema value={jsonSchemaOf(input)} />
        </Part>
      )}
      <Part title={t("answers")}>
        <p>
          <code>{success.status}</code> {success.description}
        </p>
        {success.schema && <Schema value={jsonSchemaOf(success.schema)} />}
        <ul>
          {[...refusalsByStatus(description)].map(([status, codes]) => (
            <li key={status}>
              <code>{status}</code> {codes.join(", ")}
            </li>
          ))}
        </ul>
      </Part>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <h3 className={styles.part}>{title}</h3>
      {children}
    </>
  );
}

function Schema({ value }: { value: unknown }) {
  return <pre className={styles.schema}>{JSON.stringify(value, null, 2)}</pre>;
}
