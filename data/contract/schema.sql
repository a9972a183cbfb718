-- One published version of the facts. `etl.publish` makes the tables, `dashboard.database` reads the schema `published`.
-- A store of another `schema_version` is refused by both.

-- One row: this version.
CREATE TABLE version (
    version INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    published_at TIMESTAMP NOT NULL,          -- UTC
    boundary_version VARCHAR NOT NULL,        -- SHA-256 of the boundaries that located the records
    note VARCHAR NOT NULL
);

-- One row a load that led to this version; load_id is the number of the version that it published.
CREATE TABLE load (
    load_id INTEGER NOT NULL,
    loaded_at TIMESTAMP NOT NULL              -- UTC
);

-- One row a file of a load, with the row equation:
-- rows_in = loaded + unchanged + superseded + duplicate + quarantined.
CREATE TABLE load_file (
    load_id INTEGER NOT NULL,
    file VARCHAR NOT NULL,                    -- its name alone, never its folder
    sha256 VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    rows_in BIGINT NOT NULL,
    loaded BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    superseded BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    CHECK (rows_in = loaded + unchanged + superseded + duplicate + quarantined)
);

-- One row an incident as its source last told it.
CREATE TABLE incident (
    incident_id BLOB NOT NULL,                -- 16 bytes: keyed digest of source and source_ref
    load_id INTEGER NOT NULL,
    table_no USMALLINT NOT NULL,              -- which sheet of that load, and
    row_no BIGINT NOT NULL,                   -- which row of it told this
    source VARCHAR NOT NULL,
    is_invented BOOLEAN NOT NULL,
    event_type VARCHAR NOT NULL,
    crime_label VARCHAR NOT NULL,
    label_status VARCHAR NOT NULL,
    date_start DATE NOT NULL,
    date_end DATE NOT NULL,
    date_precision VARCHAR NOT NULL,
    report_date DATE,
    country VARCHAR,                          -- ISO 3166-1 alpha-2; null where a sea belongs to none
    adm1 VARCHAR,
    adm2 VARCHAR,                             -- null abroad
    adm3 VARCHAR,
    lat DOUBLE,
    lon DOUBLE,
    precision_code UTINYINT NOT NULL,
    uncertainty_m DOUBLE,                     -- null where the place is an area (codes 5 to 7)
    cell UBIGINT,                             -- H3 at `resolution`; null where no cell is justified
    resolution UTINYINT,
    crossing VARCHAR,
    crossing_basis VARCHAR,                   -- named by the row, or located by its point
    border_segment USMALLINT,                 -- 5 km of the border; null inland and where the place is not exact
    origin_adm2 VARCHAR,
    destination_country VARCHAR,
    direction VARCHAR,
    mode_of_transport VARCHAR,
    detecting_agency VARCHAR,
    persons INTEGER,
    persons_is_min BOOLEAN NOT NULL,          -- there were at least so many
    female INTEGER,
    male INTEGER,
    children INTEGER,
    nationality_group VARCHAR,
    facilitators_arrested INTEGER,
    legal_basis VARCHAR,
    trails_looked_for VARCHAR[],
    trails_found VARCHAR[]
);

-- One row a refused row, redacted. `kept` holds its mapped columns, so that they can be corrected and loaded again.
CREATE TABLE quarantine (
    quarantine_id VARCHAR NOT NULL,           -- Q, the load's number, a hyphen, a number in the load
    load_id INTEGER NOT NULL,
    file VARCHAR NOT NULL,
    sheet VARCHAR NOT NULL,                   -- empty where the file has only one table without a name
    sha256 VARCHAR NOT NULL,
    row_no BIGINT NOT NULL,                   -- as a person counts it: sheet row or CSV record, header included
    source VARCHAR NOT NULL,
    incident_id BLOB,                         -- null where its reference is missing, personal or erased
    rule VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    value_redacted VARCHAR NOT NULL,
    fix VARCHAR NOT NULL,
    kept MAP(VARCHAR, VARCHAR) NOT NULL
);

-- One row a row that came back with the number of a refused row, and what became of it.
CREATE TABLE correction (
    quarantine_id VARCHAR NOT NULL,
    load_id INTEGER NOT NULL,
    file VARCHAR NOT NULL,
    sheet VARCHAR NOT NULL,
    row_no BIGINT NOT NULL,
    verdict VARCHAR NOT NULL
);

-- One row an incident that was erased from this version and may not come back.
CREATE TABLE erased (
    incident_id BLOB NOT NULL,
    erased_at TIMESTAMP NOT NULL,             -- UTC
    reason VARCHAR NOT NULL,
    n_incidents INTEGER NOT NULL              -- rows of table incident that this version lost
);

-- How names of places were read that are not written as in the gazetteer: to be looked through by the data officer.
CREATE TABLE place_log (
    load_id INTEGER NOT NULL,
    file VARCHAR NOT NULL,
    level VARCHAR NOT NULL,                   -- adm2, adm3, crossing, country
    typed VARCHAR NOT NULL,                   -- at most one letter off a name of the gazetteer
    code VARCHAR NOT NULL,
    method VARCHAR NOT NULL,                  -- alias, fuzzy
    similarity DOUBLE NOT NULL,
    n BIGINT NOT NULL                         -- rows
);

-- Code lists and places as they were when this version was published: an old snapshot keeps its old labels.
CREATE TABLE code (
    list VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    label_en VARCHAR NOT NULL,
    label_bn VARCHAR NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE district (
    adm2 VARCHAR NOT NULL,
    adm1 VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    name_bn VARCHAR NOT NULL,
    adm1_name_en VARCHAR NOT NULL,
    adm1_name_bn VARCHAR NOT NULL,
    label_lon DOUBLE NOT NULL,
    label_lat DOUBLE NOT NULL
);
CREATE TABLE crossing (
    crossing VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    name_bn VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    lon DOUBLE NOT NULL,
    lat DOUBLE NOT NULL,
    precision_m DOUBLE NOT NULL,              -- an honest radius: never draw a post at such a point
    adm2 VARCHAR,
    other_side_country VARCHAR,
    border_segment USMALLINT,                 -- where it stands along the border; null for airports
    chainage_km DOUBLE
);
-- The border in pieces of 5 km, clockwise from the Sundarbans: land to the Naf's mouth, then the coast back.
CREATE TABLE border_segment (
    border_segment USMALLINT NOT NULL,
    kind VARCHAR NOT NULL,                    -- land, sea
    chainage_km DOUBLE NOT NULL,              -- of its middle, along the simplified outline
    lon DOUBLE NOT NULL,
    lat DOUBLE NOT NULL
);
-- The study area: every H3 cell whose centre lies in the country, with the district of that centre.
CREATE TABLE study_cell (
    resolution UTINYINT NOT NULL,
    cell UBIGINT NOT NULL,
    adm2 VARCHAR NOT NULL
);

-- What the dashboard may read. No coordinate, no load, no refused row is in it.
CREATE SCHEMA published;
CREATE VIEW published.incident AS
SELECT
    incident_id, source, is_invented, event_type, crime_label, label_status,
    date_start, date_end, date_precision, report_date,
    country, adm1, adm2, adm3, precision_code, uncertainty_m, cell, resolution,
    crossing, crossing_basis, border_segment,
    origin_adm2, destination_country, direction, mode_of_transport, detecting_agency,
    persons, persons_is_min, female, male, children, nationality_group, facilitators_arrested, legal_basis,
    trails_looked_for, trails_found
FROM main.incident;
CREATE VIEW published.version AS SELECT version, schema_version, published_at, boundary_version FROM main.version;
CREATE VIEW published.code AS SELECT list, code, label_en, label_bn, position FROM main.code;
CREATE VIEW published.district AS
SELECT adm2, adm1, name_en, name_bn, adm1_name_en, adm1_name_bn, label_lon, label_lat FROM main.district;
CREATE VIEW published.crossing AS
SELECT crossing, name_en, name_bn, kind, lon, lat, precision_m, adm2, other_side_country, border_segment, chainage_km
FROM main.crossing;
CREATE VIEW published.border_segment AS SELECT border_segment, kind, chainage_km, lon, lat FROM main.border_segment;
CREATE VIEW published.study_cell AS SELECT resolution, cell, adm2 FROM main.study_cell;
