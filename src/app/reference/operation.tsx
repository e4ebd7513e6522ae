import { useTranslations } from "next-intl";
import type { Description } from "../../server/faces/openapi/description";
import { jsonSchemaOf, refusalsByStatus } from "../../server/faces/openapi/document";
import type { Elements } from "../components/elements";
import styles from "./reference.module.css";

/** One address and method: a line that opens to what goes in and what comes out. */
export function Operation({ description }: { description: Description }) {
  const t = useTranslations("reference");
  const { method, path, summary, access, parameters, input, success } = description;
  return (
    <details className={styles.operation}>
      <summary className={styles.summary}>
        <code className={styles.method} translate="no">
          {method}
        </code>
        <code className={styles.path} translate="no">
          {path}
        </code>
        <span className={styles.text}>{summary}</span>
      </summary>
      <p className={styles.access}>{t(`access.${access}`)}</p>
      {parameters && (
        <Part title={t("parameters")}>
          <ul>
            {parameters.map(({ name, description: text }) => (
              <li key={name}>
                <code translate="no">{name}</code>
                <span>{text}</span>
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
          <code translate="no">{success.status}</code>
          <span>{success.description}</span>
        </p>
        {success.schema && <Schema value={jsonSchemaOf(success.schema)} />}
        <ul>
          {[...refusalsByStatus(description)].map(([status, codes]) => (
            <li key={status}>
              <code translate="no">{status}</code>
              <span translate="no">{codes.join(", ")}</span>
            </li>
          ))}
        </ul>
      </Part>
    </details>
  );
}

function Part({ title, children }: { title: string; children: Elements }) {
  return (
    <>
      <h3 className={styles.part}>{title}</h3>
      {children}
    </>
  );
}

function Schema({ value }: { value: unknown }) {
  return (
    <pre className={styles.schema} translate="no">
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}
