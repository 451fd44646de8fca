// Written by the AppHost from its topology; edit there, not here.
param location string = resourceGroup().location
param environmentId string
@secure()
param postgres_password string

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
      ]
    }
    template: {
      terminationGracePeriodSeconds: 45
      containers: [
        {
          name: 'postgres'
          image: 'postgres:17.6'
          resources: { cpu: json('0.5'), memory: '1Gi' }
          env: [
            { name: 'POSTGRES_HOST_AUTH_METHOD', value: 'scram-sha-256' }
            { name: 'POSTGRES_INITDB_ARGS', value: '--auth-host=scram-sha-256 --auth-local=scram-sha-256' }
            { name: 'POSTGRES_USER', value: 'postgres' }
            { name: 'POSTGRES_PASSWORD', secretRef: 'postgres-password' }
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
