-- A role of its own for the servers of a PostgreSQL database: it can add events and acts, and neither change nor delete them.
-- Run as the owner, after `seatline migrate` (and the grants again after each migration); then serve with this role in the address.
CREATE ROLE seatline_server LOGIN;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO seatline_server', current_database()); END $$;
GRANT USAGE ON SCHEMA log TO seatline_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA log TO seatline_server;
REVOKE UPDATE, DELETE, TRUNCATE ON log.stored_events, log.chain, log.acts FROM seatline_server;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA log TO seatline_server;
-- After an erasure it writes these anew, so that the name is on no page of the disk; only an owner may.
GRANT seatline_server TO CURRENT_USER;
GRANT CREATE ON SCHEMA log TO seatline_server;
ALTER TABLE log.people OWNER TO seatline_server;
ALTER TABLE log.users OWNER TO seatline_server;
ALTER TABLE log.identities OWNER TO seatline_server;
ALTER TABLE log.import_refs OWNER TO seatline_server;
ALTER TABLE log.imports OWNER TO seatline_server;
ALTER TABLE log.import_runs OWNER TO seatline_server;
ALTER TABLE log.commands OWNER TO seatline_server;
REVOKE CREATE ON SCHEMA log FROM seatline_server;
-- The read models are the server's own: it builds them anew when it likes.
DROP SCHEMA IF EXISTS views CASCADE;
