"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../../../client/react/trpc";
import styles from "../people.module.css";
import { Act } from "./act";
import { Roles } from "./roles";
import { type ActsProps, useAct } from "./use-act";

/** What can be done to a user, each with what it does and with the command that does the same. */
export function Acts({ user, onReport }: ActsProps) {
  const t = useTranslations("admin.acts");
  const router = useRouter();
  const { id, username } = user;
  const [url, setUrl] = useState<string | null>(null);
  const { onSuccess, onError } = useAct(onReport);
  const link = trpc.administration.recoveryLink.useMutation({
    onSuccess: (made) => setUrl(made.url),
    onError: onError(() => link.mutate({ id })),
  });
  const signOut = trpc.administration.signOut.useMutation({
    onSuccess: onSuccess("admin.acts.signOut.done"),
    onError: onError(() => signOut.mutate({ id })),
  });
  const factors = trpc.administration.removeSecondFactors.useMutation({
    onSuccess: onSuccess("admin.acts.factors.done"),
    onError: onError(() => factors.mutate({ id })),
  });
  const disable = trpc.administration.disable.useMutation({
    onSuccess: onSuccess("admin.acts.disable.done"),
    onError: onError(() => disable.mutate({ id })),
  });
  const enable = trpc.administration.enable.useMutation({
    onSuccess: onSuccess("admin.acts.enable.done"),
    onError: onError(() => enable.mutate({ id })),
  });
  const remove = trpc.administration.remove.useMutation({
    onSuccess: () => router.push("/admin/people"),
    onError: onError(() => remove.mutate({ id })),
  });
  return (
    <div className={styles.acts}>
      <Roles user={user} onReport={onReport} />
      {user.status === "open" && (
        <Act name="link" command={`user recovery-link ${username}`} call={link} id={id}>
          {url !== null && (
            <div role="status">
              <p>{t("link.made")}</p>
              <code className={styles.link} translate="no">
                {url}
              </code>
            </div>
          )}
        </Act>
      )}
      <Act name="signOut" command={`user end-sessions ${username}`} call={signOut} id={id} />
      {user.totp && (
        <Act name="factors" command={`user remove-second-factors ${username}`} call={factors} id={id} />
      )}
      {user.status === "open" ? (
        <Act name="disable" command={`user disable ${username}`} call={disable} id={id} />
      ) : (
        <Act name="enable" command={`user enable ${username}`} call={enable} id={id} />
      )}
      <Act name="remove" command={`user delete ${username}`} call={remove} id={id} />
    </div>
  );
}
