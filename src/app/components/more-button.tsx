import { BusyButton } from "./button";

interface MoreButtonProps {
  list: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
  label: string;
  busyLabel: string;
}

/** The next page of a list that comes in pages; nothing where there is none. */
export function MoreButton({ list, label, busyLabel }: MoreButtonProps) {
  if (!list.hasNextPage) return null;
  return (
    <BusyButton
      width="full"
      busy={list.isFetchingNextPage}
      busyLabel={busyLabel}
      onClick={() => void list.fetchNextPage()}
    >
      {label}
    </BusyButton>
  );
}
