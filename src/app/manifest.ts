import type { MetadataRoute } from "next";
import icon192 from "./icons/icon-192.png";
import icon512 from "./icons/icon-512.png";
import maskableIcon from "./icons/icon-maskable-512.png";

/** What a phone needs to keep the scanner as an app (Web Application Manifest). */
export default function manifest(): MetadataRoute.Manifest {
  return {
    id: "/",
    name: "Countersign",
    short_name: "Countersign",
    description: "Sign in on another screen by scanning its code.",
    start_url: "/scan",
    scope: "/",
    display: "standalone",
    background_color: "#f3f5f8",
    theme_color: "#f3f5f8",
    icons: [
      { src: icon192.src, sizes: "192x192", type: "image/png", purpose: "any" },
      { src: icon512.src, sizes: "512x512", type: "image/png", purpose: "any" },
      { src: maskableIcon.src, sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
  };
}
