import { createCountersignClient } from "countersign/client";
import { CountersignProvider } from "countersign/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./style.css";

const url = import.meta.env.VITE_COUNTERSIGN_URL ?? "http://localhost:3000";

// Registered by `client add reports --name Reports --origins http://localhost:5173`: phones, the list of sessions and the
// audit trail then show that name. Left out, they show none.
const clientId = import.meta.env.VITE_CLIENT_ID;

// "cookie" is for pages of the same site as Countersign: localhost and localhost, app.example.com and
// accounts.example.com. On another site: { url, clientId, delivery: "body", tokenStore: indexedDbTokenStore() }.
const client = createCountersignClient({ url, clientId, delivery: "cookie" });

createRoot(document.body.appendChild(document.createElement("div"))).render(
  <StrictMode>
    <CountersignProvider createClient={() => client}>
      <App />
    </CountersignProvider>
  </StrictMode>,
);
