// Written by the AppHost from its topology; edit there, not here.
param location string = resourceGroup().location
param environmentId string
@secure()
param postgres_password string
@secure()
param postgres_owner_password string
@secure()
param postgres_api_password string

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'postgres'
  location: location
  properties: {
    environmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: false
        transport: 'tcp'
        targetPort: 5432
        exposedPort: 5432
      }
      secrets: [
        { name: 'postgres-password', value: postgres_password }
        { name: 'postgres-owner-password', value: postgres_owner_password }
        { name: 'postgres-api-password', value: postgres_api_password }
      ]
    }
    template: {
      terminationGracePeriodSeconds: 45
      containers: [
        {
          name: 'postgres'
          image: 'postgres:17.6'
          resources: { cpu: json('0.5'), memory: '1Gi' }
          command: ['sh']
          args: [
            '-c'
            '''
(
until pg_isready --quiet --host 127.0.0.1 --username "$POSTGRES_USER"; do sleep 0.2; done
until PGPASSWORD="$POSTGRES_PASSWORD" PGOPTIONS="-c client_min_messages=warning" psql --quiet --no-psqlrc \
    --host 127.0.0.1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'END_OF_SQL'
-- Creates the roles of the application servers, or updates them: scaleup_owner owns the current database and applies migrations,
-- scaleup_api serves requests and cannot change the schema. Run it with psql as a superuser, as often as you like: what another role owns in
-- the schema public is handed over. The passwords come from the environment variables POSTGRES_OWNER_PASSWORD and POSTGRES_API_PASSWORD.
\set ON_ERROR_STOP on
\getenv owner_password POSTGRES_OWNER_PASSWORD
\getenv api_password POSTGRES_API_PASSWORD

BEGIN;
-- No password gets into PostgreSQL's log, even if a statement fails.
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_error_statement = 'panic';
-- Servers of an earlier version may be at work. They don't wait long for what is handed over; whoever runs this tries again.
SET LOCAL lock_timeout = '5s';
-- The lock of the migrations (DatabaseMigrator).
SELECT pg_advisory_xact_lock(24301);

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['scaleup_owner', 'scaleup_api']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE scaleup_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE scaleup_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'api_password';

-- Its owner may create trusted extensions (unaccent, pg_trgm) in a database.
SELECT format('ALTER DATABASE %I OWNER TO scaleup_owner', datname) FROM pg_database
WHERE datname = current_database() AND datdba <> 'scaleup_owner'::regrole
\gexec
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())
\gexec
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO scaleup_owner;
GRANT USAGE ON SCHEMA public TO scaleup_api;

-- Not what belongs to an extension, and not sequences, types and so on that belong to a table: they follow it.
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
-- What later migrations create.
ALTER DEFAULT PRIVILEGES FOR ROLE scaleup_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO scaleup_api;
ALTER DEFAULT PRIVILEGES FOR ROLE scaleup_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO scaleup_api;
-- The migrations' own table is none of a request's business (DatabaseMigrator does the same for a new one).
SELECT format('REVOKE ALL ON %s FROM scaleup_api', oid::regclass) FROM pg_class
WHERE relname = '__EFMigrationsHistory' AND relnamespace = 'public'::regnamespace
\gexec
COMMIT;
END_OF_SQL
do sleep 5; done
) >/dev/null &
exec "$@"'''
            'roles'
            'sh'
            '-c'
            'mkdir -p "$PGDATA" && exec 9<"$PGDATA" && flock --nonblock 9 || { echo "FATAL: Volume \'$0\' is in use by another PostgreSQL server. Stop that server, or choose another volume (Postgres:Volume)." >&2; exit 1; }; exec docker-entrypoint.sh "$@"'
            'scaleup-data'
            'postgres'
          ]
          env: [
            { name: 'POSTGRES_HOST_AUTH_METHOD', value: 'scram-sha-256' }
            { name: 'POSTGRES_INITDB_ARGS', value: '--auth-host=scram-sha-256 --auth-local=scram-sha-256' }
            { name: 'POSTGRES_USER', value: 'postgres' }
            { name: 'POSTGRES_PASSWORD', secretRef: 'postgres-password' }
            { name: 'POSTGRES_OWNER_PASSWORD', secretRef: 'postgres-owner-password' }
            { name: 'POSTGRES_API_PASSWORD', secretRef: 'postgres-api-password' }
            { name: 'POSTGRES_DB', value: 'scaleup' }
          ]
          probes: [
            { type: 'Startup', tcpSocket: { port: 5432 }, periodSeconds: 12, timeoutSeconds: 1, failureThreshold: 10 }
            { type: 'Readiness', tcpSocket: { port: 5432 }, periodSeconds: 2, timeoutSeconds: 1, failureThreshold: 2 }
          ]
          volumeMounts: [
            { volumeName: 'scaleup-data', mountPath: '/var/lib/postgresql/data' }
          ]
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
      // It lasts as long as this replica. A file share would last longer, but PostgreSQL cannot keep its data on one.
      volumes: [
        { name: 'scaleup-data', storageType: 'EmptyDir' }
      ]
    }
  }
}
