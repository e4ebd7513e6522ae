export { type Rung, TICKET_LIFETIME_IN_SECONDS, type TicketRecord, Tickets, type TicketStore } from "./tickets";
