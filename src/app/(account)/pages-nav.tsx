"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import styles from "./pages-nav.module.css";

interface PagesNavProps {
  /** What is between its pages, for those who do not see it. */
  label: string;
  /** The first is the one that the others are below. */
  places: readonly { readonly href: string; readonly name: string }[];
  /** The way back to where one is signed in. */
  back: string;
}

/** Between pages that belong together, and back to one's own account. */
export function PagesNav({ label, places, back }: PagesNavProps) {
  const pathname = usePathname();
  const isHere = (href: string) =>
    pathname === href || (href !== places[0]?.href && pathname.startsWith(`${href}/`));
  return (
    <nav className={styles.nav} aria-label={label}>
      <ul className={styles.places}>
        {places.map(({ href, name }) => (
          <li key={href}>
            <Link
              className={styles.place}
              href={href}
              prefetch={false}
              aria-current={isHere(href) ? "page" : undefined}
            >
              {name}
            </Link>
          </li>
        ))}
        <li className={styles.back}>
          <Link className={styles.place} href="/" prefetch={false}>
            {back}
          </Link>
        </li>
      </ul>
    </nav>
  );
}
