"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactElement } from "react";
import { FIRST_PARTY_CLIENT_ID } from "../../../contract/first-party";
import type { QrRequest } from "../../../contract/qr";
import { DeviceIcon } from "../../components/device-icon";
import { useDeviceName } from "../../components/device-name";
import { useOwnUsername } from "../use-own-username";
import { agoText } from "./ago-text";
import type { OpenRequest } from "./approval-state";
import styles from "./asking.module.css";

interface RequestFactsProps {
  request: OpenRequest;
  displayName: string;
  nowInMs: number;
}

/** Which computer or device would be signed in, and where it is. */
export function RequestFacts({ request, displayName, nowInMs }: RequestFactsProps) {
  const t = useTranslations("approval");
  const locale = useLocale();
  const { facts } = request;
  const name = useDeviceName()(facts);
  const address = useAddress(facts);
  return (
    <div className={styles.facts}>
      <p className={styles.device}>
        <span className={styles.icon}>
          <DeviceIcon os={facts.os} />
        </span>
        <strong>{name}</strong>
      </p>
      <dl className={styles.list}>
        {/* Our own sign-in page is no program that somebody could take for another. */}
        {facts.client.id !== FIRST_PARTY_CLIENT_ID && <Fact name={t("program")}>{facts.client.name}</Fact>}
        {facts.scope.includes("roles") && <Fact name={t("told")}>{t("toldRoles")}</Fact>}
        <Fact name={t("where")}>{facts.place === undefined ? address : `${facts.place} · ${address}`}</Fact>
        <Fact name={t("network")}>{t(networkWord(facts))}</Fact>
        <Fact name={t("asked")}>{agoText(locale, request.askedAtInMs, nowInMs)}</Fact>
        <Fact name={t("account")}>
          <AccountName displayName={displayName} />
        </Fact>
      </dl>
    </div>
  );
}

/** Anyone can send a forwarding header: it puts a doubt beside the address, and never the address out of sight. */
function useAddress({ ip, ip_may_be_proxy }: QrRequest): string {
  const t = useTranslations("approval");
  if (ip === null) return t("addressUnknown");
  return ip_may_be_proxy ? t("addressUnsure", { address: ip }) : ip;
}

function networkWord({ ip, ip_may_be_proxy, same_network }: QrRequest) {
  if (same_network) return "networkSame";
  return ip === null || ip_may_be_proxy ? "networkUnsure" : "networkOther";
}

function Fact({ name, children }: { name: string; children: string | ReactElement }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The name people know, and beside it the one that tells two accounts apart. */
function AccountName({ displayName }: { displayName: string }) {
  const username = useOwnUsername();
  const text = username === null || username === displayName ? displayName : `${displayName} (${username})`;
  const at = text.lastIndexOf("@");
  if (at === -1) return <span translate="no">{text}</span>;
  // Where an address is too long for one line, its host begins the next.
  return (
    <span translate="no">
      <span>{text.slice(0, at)}</span>
      <wbr />
      <span>{text.slice(at)}</span>
    </span>
  );
}
