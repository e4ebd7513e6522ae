import Link from "next/link";
import type { ComponentProps } from "react";
import { type ButtonShape, buttonClasses } from "../components/button";

type RouteLinkProps = ButtonShape & Omit<ComponentProps<typeof Link>, "className" | "style">;

/** A link with the look of a button that stays in the tab's memory: the access token lives there. */
export function RouteLink({ look, width, ...rest }: RouteLinkProps) {
  const shape = { ...(look && { look }), ...(width && { width }) };
  return <Link className={buttonClasses(shape)} prefetch={false} {...rest} />;
}
