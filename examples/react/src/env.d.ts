interface ImportMetaEnv {
  readonly VITE_COUNTERSIGN_URL?: string;
  readonly VITE_CLIENT_ID?: string;
  readonly VITE_SERVICE_URL?: string;
}
