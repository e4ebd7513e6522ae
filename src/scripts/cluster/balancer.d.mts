/** Whether nginx is installed; without it a small proxy does its work. */
export function hasNginx(): boolean;

/** Shares calls out over instances on this machine. @returns the function that ends it */
export function startBalancer(options: {
  readonly port: number;
  readonly ports: readonly number[];
}): Promise<() => Promise<void>>;
