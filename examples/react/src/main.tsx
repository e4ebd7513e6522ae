import { createCountersignClient } from "countersign/client";
import { CountersignProvider } from "countersign/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./style.css";

const url = import.meta.env.VITE_COUNTERSIGN_URL ?? "http://localhost:3000";

// "cookie" is for pages of the same site as Countersign: localhost and localhost, app.example.com and
// accounts.example.com. On another site: { url, delivery: "body", tokenStore: indexedDbTokenStore() }.
const client = createCountersignClient({ url, delivery: "cookie" });

createRoot(document.body.appendChild(document.createElement("div"))).render(
  <StrictMode>
    <CountersignProvider createClient={() => client}>
      <App />
    </CountersignProvider>
  </StrictMode>,
);
