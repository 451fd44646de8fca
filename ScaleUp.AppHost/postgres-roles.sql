-- Creates or updates the roles of the application servers: scaleup_owner owns the current database and applies migrations, scaleup_api
-- serves requests and cannot change the schema. Run it with psql as a superuser; it can be repeated. Objects in the schema public that
-- other roles own are transferred to scaleup_owner. The environment variables POSTGRES_OWNER_PASSWORD and POSTGRES_API_PASSWORD contain
-- the passwords.
\set ON_ERROR_STOP on
\getenv owner_password POSTGRES_OWNER_PASSWORD
\getenv api_password POSTGRES_API_PASSWORD

BEGIN;
-- Keep the passwords out of PostgreSQL's log, even if a statement fails.
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_error_statement = 'panic';
-- Servers of an earlier version may be running. Limit how long they wait for a transfer; the caller retries.
SET LOCAL lock_timeout = '5s';
-- The lock of the migrations (DatabaseMigrator).
SELECT pg_advisory_xact_lock(24301);

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['scaleup_owner', 'scaleup_api']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE scaleup_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE scaleup_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'api_password';

-- The owner of a database may create trusted extensions (unaccent, pg_trgm).
SELECT format('ALTER DATABASE %I OWNER TO scaleup_owner', datname) FROM pg_database
WHERE datname = current_database() AND datdba <> 'scaleup_owner'::regrole
\gexec
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())
\gexec
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO scaleup_owner;
GRANT USAGE ON SCHEMA public TO scaleup_api;
-- The operations page shows the standby servers.
GRANT pg_read_all_stats TO scaleup_api;

-- Skip objects of extensions, and sequences and types that belong to a table, because they follow the table.
SELECT format('ALTER %s %s OWNER TO scaleup_owner', kind, name) FROM (
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
        oid::regclass::text, relowner, relnamespace, 'pg_class'::regclass, oid
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL SELECT 'ROUTINE', oid::regprocedure::text, proowner, pronamespace, 'pg_proc'::regclass, oid FROM pg_proc
    UNION ALL SELECT 'TYPE', oid::regtype::text, typowner, typnamespace, 'pg_type'::regclass, oid FROM pg_type
    WHERE typtype IN ('d', 'e', 'r') OR (typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE pg_class.oid = typrelid AND relkind = 'c'))
    UNION ALL SELECT 'TEXT SEARCH CONFIGURATION', oid::regconfig::text, cfgowner, cfgnamespace, 'pg_ts_config'::regclass, oid FROM pg_ts_config
    UNION ALL SELECT 'TEXT SEARCH DICTIONARY', oid::regdictionary::text, dictowner, dictnamespace, 'pg_ts_dict'::regclass, oid FROM pg_ts_dict
) AS object (kind, name, owner, namespace, catalog, id)
WHERE namespace = 'public'::regnamespace AND owner <> 'scaleup_owner'::regrole
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = catalog AND objid = id AND (deptype = 'e' OR deptype IN ('a', 'i') AND kind = 'SEQUENCE'))
\gexec

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO scaleup_api;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO scaleup_api;
-- Also for objects that later migrations create.
ALTER DEFAULT PRIVILEGES FOR ROLE scaleup_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO scaleup_api;
ALTER DEFAULT PRIVILEGES FOR ROLE scaleup_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO scaleup_api;
-- Requests don't need the migrations' table (DatabaseMigrator does the same for a new one).
SELECT format('REVOKE ALL ON %s FROM scaleup_api', oid::regclass) FROM pg_class
WHERE relname = '__EFMigrationsHistory' AND relnamespace = 'public'::regnamespace
\gexec
COMMIT;
