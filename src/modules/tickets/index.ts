export {
  TICKET_LIFETIME_IN_SECONDS,
  type TicketRecord,
  type TicketStore,
  Tickets,
} from "./tickets";
