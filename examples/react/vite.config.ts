import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The service of Countersign and the service of your own allow exactly this origin: another port would be another one.
export default defineConfig({ plugins: [react()], server: { port: 5173, strictPort: true } });
