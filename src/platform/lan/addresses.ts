import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { NetworkInterfaceInfo } from "node:os";
import ipaddr from "ipaddr.js";

/** An address under which others on the local network may reach this machine. */
export interface LanCandidate {
  readonly address: string;
  readonly interfaceName: string;
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Bridges between this machine and its own containers and guests: nobody else is on them. */
const onlyOurselves =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxdbr|cni|flannel|cali|podman)|virtualbox|vmware/i;
/** Tunnels, and networks that this machine gives to others: a phone is there only now and then. */
const lessLikely = /^(tun|tap|utun|wg|ppp|zt|ham|tailscale|bridge|vethernet)/i;

/**
 * The private IPv4 addresses of the machine, the likeliest first: hardware before tunnels, then the address that packets
 * to the world leave from, then 192.168 before 10 before the rest.
 *
 * @param routedAddress what `findRoutedAddress` said
 */
export function listLanCandidates(
  interfaces: Interfaces,
  routedAddress: string | undefined,
): readonly LanCandidate[] {
  const candidates = Object.entries(interfaces).flatMap(([interfaceName, infos = []]) =>
    infos
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .filter(({ address }) => ["private", "carrierGradeNat"].includes(ipaddr.parse(address).range()))
      .map(({ address }) => ({ address, interfaceName })),
  );
  const rank = ({ address, interfaceName }: LanCandidate) => [
    Number(lessLikely.test(interfaceName)),
    Number(address !== routedAddress),
    ["192.168.", "10.", ""].findIndex((prefix) => address.startsWith(prefix)),
  ];
  return candidates
    .filter(({ interfaceName }) => !onlyOurselves.test(interfaceName))
    .map((candidate) => ({ candidate, rank: rank(candidate) }))
    .sort((a, b) => compare(a.rank, b.rank))
    .map(({ candidate }) => candidate);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/**
 * The address that packets to the world would leave from; nothing is sent to find out.
 *
 * @returns undefined when there is no route
 */
export async function findRoutedAddress(): Promise<string | undefined> {
  const socket = createSocket("udp4");
  try {
    // Connecting a datagram socket only looks up the route. The address is one for documentation (RFC 5737).
    socket.connect(9, "203.0.113.1");
    await once(socket, "connect");
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
