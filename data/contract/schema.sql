-- One published version of the facts. `etl.publish` makes the tables, `dashboard.database` reads the schema `published`.
-- A store of another `schema_version` is refused by both.

-- Columns that mean the same wherever they stand, unless a table says more:
--   incident_id: keyed digest of source and source_ref, 16 bytes
--   load_id: the load that told it
--   version: the number of this version
--   schema_version: the number of this schema; raised with each change of it
--   note: what the loader wrote beside the load
--   file: its name alone
--   sha256: of the file's bytes
--   source: whose record it is; of reference tables, a row of reference_source
--   rows_in: rows that came in
--   loaded: rows that are new
--   unchanged: rows equal to what is stored
--   superseded: rows that replaced an earlier record
--   duplicate: rows that repeat another of the load
--   quarantined: rows that were refused
--   rule: the rule that the row broke
--   field: the column that broke it
--   value_redacted: the value, or its kind and length
--   fix: what to do about it
--   kept: the row's mapped columns, redacted: name, U+001F, value, with U+001E between two of them
--   event_type: list event_type
--   crime_label: list crime_label
--   label_status: list label_status
--   decider_org: who set the label; list decider_org
--   decided_on: the day on which the label was set
--   date_start: the first day
--   date_end: the last day
--   date_precision: how exactly the day is known; list date_precision
--   adm1: division
--   adm2: district
--   adm3: upazila
--   adm1_name_en: English name of the division
--   adm1_name_bn: Bangla name of the division
--   lat: degrees, WGS 84
--   lon: degrees, WGS 84
--   label_lat: where its label stands, degrees
--   label_lon: where its label stands, degrees
--   country: ISO 3166-1 alpha-2
--   precision_code: how exactly the place is known, 1 to 7; list precision
--   uncertainty_m: radius in metres
--   cell: H3 index
--   resolution: of the H3 cell
--   border_segment: 5 km of the border
--   chainage_km: along the border, clockwise from the Sundarbans
--   crossing_basis: named by the row, or located by its point
--   persons_is_min: there were at least so many
--   level: adm2, adm3, crossing or country
--   typed: as it was written
--   method: alias or fuzzy
--   similarity: 0 to 1
--   crossing: a named place where the border is passed
--   origin_adm2: district where the journey began
--   destination_country: where the journey was to end
--   direction: list direction
--   mode_of_transport: list mode_of_transport
--   detecting_agency: list agency
--   agency: list agency; of an outcome, list stakeholder
--   force: the agency that stopped them; list agency
--   nationality_group: list nationality_group
--   persons: all persons, facilitators apart
--   persons_intercepted: all persons, facilitators apart
--   facilitators_arrested: arrested with them
--   facilitators_fled: who escaped
--   vehicles: stopped or seized
--   vessels: stopped or seized
--   is_concealed: whether the persons were hidden
--   legal_basis: list legal_basis
--   trails_found: list trail
--   looked_for: whether anybody looked for it
--   first_seen_on: the day of its first trace
--   last_seen_on: the day of its last trace
--   from_adm2: where the leg begins
--   from_crossing: where the leg begins
--   from_country: where the leg begins
--   to_adm2: where the leg ends
--   to_crossing: where the leg ends
--   to_country: where the leg ends
--   requested_on: when it was asked for
--   requested_at: the same with its hour, in UTC; null where the sheet has no hour
--   accepted_on: when it was accepted
--   accepted_at: the same with its hour, in UTC; null where the sheet has no hour
--   completed_on: when it was done
--   completed_at: the same with its hour, in UTC; null where the sheet has no hour
--   started_on: when it began
--   done_on: when it was done
--   n_persons: persons that it was done for
--   pillar: list pillar
--   patrol_hours: hours on patrol, of all persons together
--   checkpost_days: days that a checkpost stood
--   raids: number of raids
--   hotline_hours: hours in which calls were taken
--   is_campaign: whether a campaign ran
--   list: name of a code list
--   code: what is stored, linked and exported
--   label_en: what is shown in English
--   label_bn: what is shown in Bangla
--   title_en: its name in English
--   title_bn: its name in Bangla
--   name_en: its name in English
--   name_bn: its name in Bangla
--   kind: what kind it is
--   other_side_country: the country across
--   neighbour: the state across the border; list neighbour
--   instrument: code of a law
--   number: as the law is cited
--   section: of the law
--   fact_en: what it says, in short, in English
--   fact_bn: what it says, in short, in Bangla
--   clock: name of a term
--   term: how many units
--   duty_en: what it does, in English
--   duty_bn: what it does, in Bangla
--   what: title and place
--   boundary_version: SHA-256 of the boundaries
--   published_at: UTC
--   is_invented: a practice row
--   label_decider: list decider_org
--   label_date: the day on which the label was set
--   report_date: when it was reported
--   female: women
--   male: men
--   children: under 18
--   trails_looked_for: list trail
--   role: list place_role; of persons, list person_role
--   sex: list sex
--   age_band: list age_band
--   screening_status: list screening_status
--   n: number of persons
--   n_is_min: at least so many
--   seq: order, from 1
--   origin: told, former or current
--   trail_type: list trail
--   stage: list trail_stage
--   state: list trail_state
--   indicator_code: list trail_indicator
--   evidence_grade: list evidence_grade
--   duration_band: days
--   fee_band: taka
--   fee_payer: list fee_payer
--   abuse_codes: list means_of_control
--   confidence: list confidence
--   from_agency: list stakeholder
--   to_agency: list stakeholder
--   refusal_reason: list refusal_reason
--   step: list outcome_step
--   status: list outcome_status
--   unit_id: keyed digest of the unit's name
--   operation_id: keyed digest of the operation's reference
--   operation_type: list operation_type
--   area: list operation_area
--   action: list interception_action
--   travel_documents: list travel_documents
--   week: its Monday
--   reason_code: list label_reason
--   replaced_load_id: the load that was replaced
--   incident_id_a: the one that was reported first
--   incident_id_b: the one that may repeat it
--   score: 0 to 1
--   reason: same_crossing or within_5_km
--   n_most: all incidents
--   n_least: without possible repeats
--   neighbour: a district that touches it
--   shared_km: of the border that they share
--   alias: another spelling of its name
--   script: Latin, Bengali, or code
--   spelling: what kind of spelling it is
--   loaded_on: the day of the load, UTC
--   n_rows: rows that had it
--   is_open: whether nobody has dealt with it
--   standard: whose codes they are
--   letter: in the domain notes
--   position: on the screen
--   parent: pillar of a step, trail of an indicator
--   iccs: classes of the ICCS
--   ictip_map: code of IC-TIP, not filled yet
--   precision_m: an honest radius in metres
--   effective_from: first day in force, null where not seen
--   effective_to: last day in force
--   effective_basis: how these days are known
--   section_id: instrument:section
--   offence_class: list offence_class
--   topic: list legal_topic
--   trail: list trail
--   enquiry: its name
--   say_en: what to ask next, in English
--   say_bn: what to ask next, in Bangla
--   trails: trails that the section reaches
--   unit: of the term
--   extension: units that it may be prolonged by
--   stakeholder: list stakeholder

-- What a column of `incident` may hold, as numbers in the file. `etl.schema` tells the codes.
CREATE TYPE event_type AS ENUM (SELECT unnest(getvariable('codes')['event_type']));
CREATE TYPE crime_label AS ENUM (SELECT unnest(getvariable('codes')['crime_label']));
CREATE TYPE label_status AS ENUM (SELECT unnest(getvariable('codes')['label_status']));
CREATE TYPE decider_org AS ENUM (SELECT unnest(getvariable('codes')['decider_org']));
CREATE TYPE date_precision AS ENUM (SELECT unnest(getvariable('codes')['date_precision']));
CREATE TYPE country AS ENUM (SELECT unnest(getvariable('codes')['country']));
CREATE TYPE adm2 AS ENUM (SELECT unnest(getvariable('codes')['adm2']));
CREATE TYPE adm3 AS ENUM (SELECT unnest(getvariable('codes')['adm3']));
CREATE TYPE crossing AS ENUM (SELECT unnest(getvariable('codes')['crossing']));
CREATE TYPE direction AS ENUM (SELECT unnest(getvariable('codes')['direction']));
CREATE TYPE mode_of_transport AS ENUM (SELECT unnest(getvariable('codes')['mode_of_transport']));
CREATE TYPE agency AS ENUM (SELECT unnest(getvariable('codes')['agency']));
CREATE TYPE nationality_group AS ENUM (SELECT unnest(getvariable('codes')['nationality_group']));
CREATE TYPE legal_basis AS ENUM (SELECT unnest(getvariable('codes')['legal_basis']));

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
    loaded_at TIMESTAMP NOT NULL,             -- UTC
    n_incidents BIGINT NOT NULL               -- incidents that this load added, without those that it told anew
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
    incident_id UUID NOT NULL,                -- 16 bytes: keyed digest of source and source_ref
    load_id INTEGER NOT NULL,                 -- the load that told it last
    table_no USMALLINT NOT NULL,              -- which sheet of that load, and
    row_no BIGINT NOT NULL,                   -- which row of it told this
    source VARCHAR NOT NULL,
    is_invented BOOLEAN NOT NULL,             -- a practice row
    event_type EVENT_TYPE NOT NULL,
    crime_label CRIME_LABEL NOT NULL,         -- as it is called now; its history is in incident_label
    label_status LABEL_STATUS NOT NULL,
    label_decider DECIDER_ORG,                -- who set the label; list decider_org
    label_date DATE,                          -- when it was set
    date_start DATE NOT NULL,
    date_end DATE NOT NULL,                   -- its last day; of a month its last
    date_precision DATE_PRECISION NOT NULL,
    report_date DATE,                         -- when it was reported
    country COUNTRY,                          -- ISO 3166-1 alpha-2; null where a sea belongs to none
    adm2 ADM2,                                -- district; null abroad
    adm3 ADM3,                                -- upazila
    lat DOUBLE,                               -- degrees, WGS 84; null where the place is an area
    lon DOUBLE,
    precision_code UTINYINT NOT NULL,         -- 1 to 7; list precision
    uncertainty_m DOUBLE,                     -- null where the place is an area (codes 5 to 7)
    cell UBIGINT,                             -- H3 at `resolution`; null where no cell is justified
    resolution UTINYINT,
    shown_cell UBIGINT,                       -- what a page may tell of it: no home, and at sea a coarse cell
    shown_resolution UTINYINT,                -- of `shown_cell`
    crossing CROSSING,
    crossing_basis ENUM ('named', 'located'), -- named by the row, or located by its point
    border_segment USMALLINT,                 -- 5 km of the border; null inland and where the place is not exact
    origin_adm2 ADM2,                         -- district where the journey began
    destination_country COUNTRY,
    direction DIRECTION,
    mode_of_transport MODE_OF_TRANSPORT,
    detecting_agency AGENCY,                  -- list agency
    persons INTEGER,                          -- all persons, facilitators apart
    persons_is_min BOOLEAN NOT NULL,          -- there were at least so many
    female INTEGER,                           -- women; of all ages where children is null
    male INTEGER,                             -- men; of all ages where children is null
    children INTEGER,                         -- under 18, of either sex
    nationality_group NATIONALITY_GROUP,
    facilitators_arrested INTEGER,
    legal_basis LEGAL_BASIS,
    trails_looked_for VARCHAR[],              -- list trail
    trails_found VARCHAR[]
);

-- One row a former label of an incident: what it was called before a later record called it otherwise.
CREATE TABLE incident_label (
    incident_id UUID NOT NULL,
    seq INTEGER NOT NULL,                     -- 1 is what it was called first
    crime_label VARCHAR NOT NULL,
    label_status VARCHAR NOT NULL,
    decider_org VARCHAR,
    decided_on DATE,                          -- as told; null where no day was told
    reported_on DATE,                         -- when the record with this label was reported
    reason_code VARCHAR,                      -- list label_reason
    load_id INTEGER NOT NULL                  -- the load that told this label
);

-- One row an incident and a load that replaced what an earlier load had told of it.
CREATE TABLE superseded (
    incident_id UUID NOT NULL,
    load_id INTEGER NOT NULL,                 -- the load that replaced
    replaced_load_id INTEGER NOT NULL         -- the load that had told what was replaced
);

-- One row a pair of incidents of two agencies that may be one: never merged, only shown as a range of totals.
CREATE TABLE double_count (
    incident_id_a UUID NOT NULL,              -- the one that was reported first
    incident_id_b UUID NOT NULL,              -- the one that may repeat it
    score DOUBLE NOT NULL,                    -- 0 to 1: how near in place, day and number of persons
    reason VARCHAR NOT NULL                   -- same_crossing or within_5_km
);

-- The tables of the further sheets. The flat `incident` is not repeated in them: `published` puts both together.

-- One row a further place of an incident, by what it was for.
CREATE TABLE incident_place (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    role VARCHAR NOT NULL,                    -- list place_role
    country VARCHAR,                          -- as told; published as BD where a place of Bangladesh is told
    adm2 VARCHAR,
    adm3 VARCHAR,
    crossing VARCHAR
);

-- One row an incident of which more of the interception was told than the flat sheet holds.
CREATE TABLE interception (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    operation_id UUID,                        -- keyed digest of the operation's reference
    action VARCHAR,                           -- list interception_action
    is_concealed BOOLEAN,
    travel_documents VARCHAR,                 -- list travel_documents
    facilitators_fled INTEGER,
    vehicles INTEGER,
    vessels INTEGER
);

-- One row persons of an incident alike in role, sex, age, nationality and screening. Never a person.
CREATE TABLE person_count (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    role VARCHAR NOT NULL,                    -- list person_role
    sex VARCHAR NOT NULL,                     -- list sex (HTCDS)
    age_band VARCHAR NOT NULL,                -- list age_band (CTDC); an age is never kept
    nationality_group VARCHAR,
    screening_status VARCHAR NOT NULL,        -- list screening_status (HTCDS)
    n INTEGER NOT NULL,                       -- 0 takes back what was told before
    n_is_min BOOLEAN NOT NULL                 -- at least so many
);

-- One row a leg of the journey of an incident.
CREATE TABLE leg (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    seq INTEGER NOT NULL,                     -- 1 is the first leg
    from_adm2 VARCHAR,
    from_crossing VARCHAR,
    from_country VARCHAR,
    to_adm2 VARCHAR,
    to_crossing VARCHAR,
    to_country VARCHAR,
    mode_of_transport VARCHAR,
    duration_band VARCHAR,                    -- days; list duration_band
    fee_band VARCHAR,                         -- taka; list fee_band
    fee_payer VARCHAR,                        -- list fee_payer
    abuse_codes VARCHAR[],                    -- list means_of_control (HTCDS)
    confidence VARCHAR                        -- list confidence
);

-- One row a trail of an incident at a stage.
CREATE TABLE trail (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    trail_type VARCHAR NOT NULL,              -- list trail
    stage VARCHAR,                            -- list trail_stage
    looked_for BOOLEAN NOT NULL,
    found BOOLEAN,                            -- null where it was not looked for
    indicator_code VARCHAR,                   -- list trail_indicator
    evidence_grade VARCHAR,                   -- list evidence_grade
    first_seen_on DATE,
    last_seen_on DATE
);

-- One row a label of an incident as the sheet `labels` tells its history.
CREATE TABLE label_told (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    decided_on DATE NOT NULL,
    crime_label VARCHAR NOT NULL,
    label_status VARCHAR NOT NULL,
    decider_org VARCHAR NOT NULL,             -- list decider_org (HTCDS)
    reason_code VARCHAR                       -- list label_reason
);

-- One row a hand-over of an incident from one agency to another.
CREATE TABLE handover (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    from_agency VARCHAR NOT NULL,             -- list stakeholder
    to_agency VARCHAR NOT NULL,               -- list stakeholder
    requested_on DATE NOT NULL,
    requested_at TIMESTAMP,
    accepted_on DATE,
    accepted_at TIMESTAMP,
    completed_on DATE,
    completed_at TIMESTAMP,
    refusal_reason VARCHAR                    -- list refusal_reason
);

-- One row a step of the response to an incident by an agency.
CREATE TABLE outcome (
    load_id INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    step VARCHAR NOT NULL,                    -- list outcome_step, whose parent is the pillar
    status VARCHAR NOT NULL,                  -- list outcome_status
    agency VARCHAR,                           -- list stakeholder
    started_on DATE,
    done_on DATE,
    n_persons INTEGER
);

-- One row the effort of a unit in a week and place. Without it a quiet cell is unknown, not cold.
CREATE TABLE effort (
    load_id INTEGER NOT NULL,
    unit_id UUID NOT NULL,                    -- keyed digest of the unit's name
    agency VARCHAR,                           -- list agency
    adm2 VARCHAR,
    crossing VARCHAR,
    week DATE NOT NULL,                       -- its Monday
    patrol_hours INTEGER,
    checkpost_days INTEGER,
    raids INTEGER,
    hotline_hours INTEGER,
    is_campaign BOOLEAN,
    confidence VARCHAR,                       -- list confidence
    is_invented BOOLEAN NOT NULL
);

-- One row an area of an operation: what it aimed at, what lies beside it, what it is compared with.
CREATE TABLE operation (
    load_id INTEGER NOT NULL,
    operation_id UUID NOT NULL,               -- keyed digest of the operation's reference
    area VARCHAR NOT NULL,                    -- list operation_area
    adm2 VARCHAR,
    crossing VARCHAR,
    operation_type VARCHAR NOT NULL,          -- list operation_type
    agency VARCHAR,                           -- list agency
    date_start DATE NOT NULL,
    date_end DATE,
    is_invented BOOLEAN NOT NULL
);

-- One row a refused row, redacted. `kept` holds its mapped columns, so that they can be corrected and loaded again.
CREATE TABLE quarantine (
    quarantine_id VARCHAR NOT NULL,           -- Q, the load's number, a hyphen, a number in the load
    load_id INTEGER NOT NULL,
    file VARCHAR NOT NULL,
    sheet VARCHAR NOT NULL,                   -- empty where the file has only one table without a name
    sha256 VARCHAR NOT NULL,
    row_no BIGINT NOT NULL,                   -- as a person counts it: sheet row or CSV record, header included
    kind VARCHAR NOT NULL,                    -- incident, or the kind of further sheet that the row is of
    source VARCHAR NOT NULL,
    incident_id UUID,                         -- null where its reference is missing, personal or erased
    rule VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    value_redacted VARCHAR NOT NULL,
    fix VARCHAR NOT NULL,
    kept VARCHAR NOT NULL,
    terms MAP(VARCHAR, VARCHAR) NOT NULL      -- what it was judged on: area, date_order, reference_shape
);

-- One row a row that came back with the number of a refused row, and what became of it.
CREATE TABLE correction (
    quarantine_id VARCHAR NOT NULL,           -- the refused row that was corrected
    load_id INTEGER NOT NULL,                 -- the load that brought the correction
    file VARCHAR NOT NULL,                    -- the corrected workbook, its name alone
    sheet VARCHAR NOT NULL,                   -- its sheet
    row_no BIGINT NOT NULL,                   -- and the row in it
    verdict VARCHAR NOT NULL                  -- what became of the corrected row
);

-- One row an incident that was erased from this version and may not come back.
CREATE TABLE erased (
    incident_id UUID NOT NULL,
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
    n BIGINT NOT NULL,                        -- rows
    incident_ids UUID[]                       -- of whom these are; null where more than 20 rows of a file wrote it so
);

-- Code lists and places as they were when this version was published: an old snapshot keeps its old labels.

-- One row a code list.
CREATE TABLE code_list (
    list VARCHAR NOT NULL,
    standard VARCHAR NOT NULL,                -- whose codes they are: HTCDS, CTDC, ICCS, GLOTIP, ISO 3166-1, ours
    letter VARCHAR,                           -- its letter in the domain notes
    title_en VARCHAR NOT NULL,
    title_bn VARCHAR NOT NULL
);

-- One row a code of a list.
CREATE TABLE code (
    list VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    label_en VARCHAR NOT NULL,
    label_bn VARCHAR NOT NULL,
    position INTEGER NOT NULL,                -- on the screen
    parent VARCHAR,                           -- the pillar of a step, the trail of an indicator
    iccs VARCHAR,                             -- classes of the ICCS; several with ;
    ictip_map VARCHAR                         -- code of IC-TIP; empty until somebody has read them
);

-- One row a district.
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

-- One row an upazila or city corporation.
CREATE TABLE upazila (
    adm3 VARCHAR NOT NULL,
    adm2 VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    name_bn VARCHAR NOT NULL
);

-- One row a named place where the border is passed.
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
    lat DOUBLE NOT NULL,
    adm2 VARCHAR NOT NULL,                    -- the district that it bounds
    neighbour VARCHAR                         -- the state across, list neighbour; null at sea
);

-- One row a law; its code is that of list legal_basis where the sheet can name it.
CREATE TABLE instrument (
    instrument VARCHAR NOT NULL,
    number VARCHAR,
    title_en VARCHAR NOT NULL,
    title_bn VARCHAR NOT NULL,
    effective_from DATE,                      -- null where the day was not seen
    effective_to DATE,                        -- null while it is in force
    effective_basis VARCHAR NOT NULL,         -- how these days are known
    source VARCHAR NOT NULL                   -- of list reference_source
);

-- One row a section of a law, as a short fact in our words.
CREATE TABLE legal_section (
    section_id VARCHAR NOT NULL,              -- instrument:section
    instrument VARCHAR NOT NULL,
    section VARCHAR NOT NULL,
    offence_class VARCHAR NOT NULL,           -- list offence_class
    topic VARCHAR NOT NULL,                   -- list legal_topic: what old and new law are compared by
    trails VARCHAR,                           -- trails that it reaches, several with ;: a reading of ours
    fact_en VARCHAR NOT NULL,
    fact_bn VARCHAR NOT NULL,
    source VARCHAR NOT NULL
);

-- One row a term that a law sets.
CREATE TABLE statutory_clock (
    clock VARCHAR NOT NULL,
    section_id VARCHAR NOT NULL,              -- in force as long as its instrument
    term INTEGER NOT NULL,
    unit VARCHAR NOT NULL,                    -- hours, days, working_days, months
    extension INTEGER,                        -- how many units more it may be prolonged by
    name_en VARCHAR NOT NULL,
    name_bn VARCHAR NOT NULL
);

-- One row an enquiry that a section of a law lets be made next: general guidance of ours, without any record.
CREATE TABLE enquiry (
    enquiry VARCHAR NOT NULL,
    trail VARCHAR NOT NULL,                   -- list trail
    stage VARCHAR,                            -- list trail_stage; null where it is for every stage
    section_id VARCHAR NOT NULL,              -- the power that it rests on
    say_en VARCHAR NOT NULL,
    say_bn VARCHAR NOT NULL
);

-- One row an agency of the response: what it does and by what law. No person.
CREATE TABLE stakeholder (
    code VARCHAR NOT NULL,                    -- of list stakeholder, which has its labels
    kind VARCHAR NOT NULL,                    -- force, ministry, court, office, committee, ngo, intergovernmental, other
    duty_en VARCHAR,
    duty_bn VARCHAR,
    section_id VARCHAR,                       -- its legal basis, where one was read
    source VARCHAR
);

-- One row a source of what is said of laws and agencies.
CREATE TABLE reference_source (
    source VARCHAR NOT NULL,
    what VARCHAR NOT NULL
);

-- One row a pair of districts that touch, in either direction.
CREATE TABLE neighbour (
    adm2 VARCHAR NOT NULL,
    neighbour VARCHAR NOT NULL,
    shared_km DOUBLE NOT NULL
);

-- One row another spelling of a place, an old or a local one.
CREATE TABLE place_alias (
    alias VARCHAR NOT NULL,
    level VARCHAR NOT NULL,                   -- adm1, adm2, adm3 or crossing
    code VARCHAR NOT NULL,
    script VARCHAR NOT NULL,
    spelling VARCHAR NOT NULL                 -- what kind of spelling it is
);

-- The study area: every H3 cell whose centre lies in the country, with the district of that centre.
CREATE TABLE study_cell (
    resolution UTINYINT NOT NULL,
    cell UBIGINT NOT NULL,
    adm2 VARCHAR NOT NULL
);

-- What the dashboard may read. No coordinate is in it, and of a refused row nothing but its rule and field.
CREATE SCHEMA published;

-- The flat record, one row an incident.
CREATE VIEW published.incident AS
SELECT
    incident_id, source, is_invented, event_type, crime_label, label_status, label_decider, label_date,
    date_start, date_end, date_precision, report_date,
    country, left(adm2, 4) AS adm1, adm2, adm3, precision_code, uncertainty_m,
    shown_cell AS cell, shown_resolution AS resolution, crossing, crossing_basis, border_segment,
    origin_adm2, destination_country, direction, mode_of_transport, detecting_agency,
    persons, persons_is_min, female, male, children, nationality_group, facilitators_arrested, legal_basis,
    trails_looked_for, trails_found
FROM main.incident;
CREATE VIEW published.version AS SELECT version, schema_version, published_at, boundary_version FROM main.version;
CREATE VIEW published.code_list AS SELECT list, standard, letter, title_en, title_bn FROM main.code_list;
CREATE VIEW published.code AS
SELECT list, code, label_en, label_bn, position, parent, iccs, ictip_map FROM main.code;
CREATE VIEW published.district AS
SELECT adm2, adm1, name_en, name_bn, adm1_name_en, adm1_name_bn, label_lon, label_lat FROM main.district;
CREATE VIEW published.crossing AS
SELECT crossing, name_en, name_bn, kind, lon, lat, precision_m, adm2, other_side_country, border_segment, chainage_km
FROM main.crossing;
CREATE VIEW published.border_segment AS
SELECT border_segment, kind, chainage_km, lon, lat, adm2, neighbour FROM main.border_segment;
CREATE VIEW published.study_cell AS SELECT resolution, cell, adm2 FROM main.study_cell;
CREATE VIEW published.upazila AS SELECT adm3, adm2, name_en, name_bn FROM main.upazila;
CREATE VIEW published.instrument AS
SELECT instrument, number, title_en, title_bn, effective_from, effective_to, effective_basis, source FROM main.instrument;
CREATE VIEW published.legal_section AS
SELECT
    section_id, section.instrument, section, offence_class, topic, string_split(trails, ';') AS trails, fact_en, fact_bn,
    effective_from, effective_to, section.source
FROM main.legal_section AS section
JOIN main.instrument USING (instrument);
CREATE VIEW published.statutory_clock AS
SELECT clock, section_id, term, unit, extension, name_en, name_bn, effective_from, effective_to
FROM main.statutory_clock
JOIN main.legal_section USING (section_id)
JOIN main.instrument USING (instrument);
CREATE VIEW published.enquiry AS SELECT enquiry, trail, stage, section_id, say_en, say_bn FROM main.enquiry;
CREATE VIEW published.stakeholder AS
SELECT code AS stakeholder, label_en, label_bn, kind, duty_en, duty_bn, section_id, source
FROM main.stakeholder
JOIN main.code USING (code)
WHERE list = 'stakeholder';
CREATE VIEW published.reference_source AS SELECT source, what FROM main.reference_source;

-- One row a place of an incident by its role: what the flat record tells, and the sheet `places`.
CREATE VIEW published.incident_place AS
SELECT
    incident_id,
    CASE
        WHEN starts_with(event_type, 'interception') THEN 'interception'
        WHEN event_type = 'rescue_from_exploitation' THEN 'exploitation'
        WHEN event_type = 'return_repatriation' THEN 'return'
        WHEN event_type = 'recruitment_lead' THEN 'recruitment'
        WHEN event_type = 'pushed_in' THEN 'crossing'
        ELSE 'detected'
    END AS role,
    country, left(adm2, 4) AS adm1, adm2, adm3, crossing, precision_code, uncertainty_m, cell, resolution
FROM main.incident
UNION ALL
SELECT
    incident_id, 'crossing', 'BD', district.adm1, crossing.adm2, NULL, crossing.crossing,
    2::UTINYINT, crossing.precision_m, NULL, NULL
FROM main.incident
JOIN main.crossing ON crossing.crossing = incident.crossing
LEFT JOIN main.district ON district.adm2 = crossing.adm2
WHERE event_type <> 'pushed_in'
UNION ALL
SELECT incident_id, 'departure', 'BD', district.adm1, origin_adm2, NULL, NULL, 5::UTINYINT, NULL, NULL, NULL
FROM main.incident
JOIN main.district ON district.adm2 = origin_adm2
UNION ALL
SELECT incident_id, 'destination', destination_country, NULL, NULL, NULL, NULL, 7::UTINYINT, NULL, NULL, NULL
FROM main.incident
WHERE destination_country IS NOT NULL
UNION ALL
SELECT
    incident_id, role, if(district.adm2 IS NULL, place.country, 'BD'), district.adm1, district.adm2, place.adm3,
    place.crossing,
    (CASE WHEN place.crossing IS NOT NULL THEN 2 WHEN place.adm3 IS NOT NULL THEN 4 WHEN place.adm2 IS NOT NULL THEN 5
    ELSE 7 END)::UTINYINT,
    crossing.precision_m, NULL, NULL
FROM main.incident_place AS place
LEFT JOIN main.crossing ON crossing.crossing = place.crossing
LEFT JOIN main.district ON district.adm2 = coalesce(place.adm2, crossing.adm2);

-- One row an incident in which a force stopped persons: the flat record, with what the sheet `interceptions` adds.
CREATE VIEW published.interception AS
SELECT
    incident_id, more.operation_id, detecting_agency AS force, direction, mode_of_transport, more.action,
    more.is_concealed, more.travel_documents, persons AS persons_intercepted, facilitators_arrested,
    more.facilitators_fled, more.vehicles, more.vessels
FROM main.incident
LEFT JOIN main.interception AS more USING (incident_id)
WHERE starts_with(event_type, 'interception') OR more.load_id IS NOT NULL;

-- One row persons of an incident alike in role, sex and age, as the sheet `persons` tells them. Protected witnesses are
-- never published.
CREATE VIEW published.person_told AS
SELECT incident_id, role, sex, age_band, nationality_group, screening_status, n, n_is_min
FROM main.person_count
WHERE role <> 'witness_protected';

-- The same, and where that sheet tells nobody of an incident but suspects, what the flat record tells.
CREATE VIEW published.person_count AS
SELECT incident_id, role, sex, age_band, nationality_group, screening_status, n, n_is_min
FROM published.person_told
UNION ALL
SELECT
    incident_id, role, part.sex, part.age_band, nationality_group, NULL, part.n,
    persons_is_min AND part.age_band = 'Unknown' AND part.sex = 'NonSpecifiedUnknown'
FROM (
    SELECT
        incident_id, nationality_group, persons_is_min,
        CASE
            WHEN event_type = 'pushed_in' THEN 'pushed_in'
            WHEN crime_label IN ('TIP', 'TIP_AND_SOM') THEN 'presumed_victim'
            WHEN crime_label = 'SOM' THEN 'smuggled_migrant'
            ELSE 'undetermined'
        END AS role,
        unnest([
            {sex: 'Feminine', age_band: if(children IS NULL, 'Unknown', 'adult'), n: female},
            {sex: 'Masculine', age_band: if(children IS NULL, 'Unknown', 'adult'), n: male},
            {sex: 'NonSpecifiedUnknown', age_band: 'child', n: children},
            {
                sex: 'NonSpecifiedUnknown', age_band: 'Unknown',
                n: persons - coalesce(female, 0) - coalesce(male, 0) - coalesce(children, 0)
            }
        ]) AS part
    FROM main.incident
    WHERE incident_id NOT IN (
        SELECT incident_id FROM main.person_count WHERE role NOT IN ('suspect', 'accused', 'witness_protected')
    )
)
WHERE part.n > 0
UNION ALL
SELECT incident_id, 'suspect', 'NonSpecifiedUnknown', 'Unknown', NULL, NULL, facilitators_arrested, false
FROM main.incident
WHERE facilitators_arrested > 0
    AND incident_id NOT IN (SELECT incident_id FROM main.person_count WHERE role IN ('suspect', 'accused'));

-- One row a leg of a journey.
CREATE VIEW published.leg AS
SELECT
    incident_id, seq, from_adm2, from_crossing, from_country, to_adm2, to_crossing, to_country, mode_of_transport,
    duration_band, fee_band, fee_payer, abuse_codes, confidence
FROM main.leg;

-- One row a trail of an incident, in one of three states (list trail_state): each of the six trails of the flat record
-- without a stage; where the sheet `trails` tells a trail of an incident, its rows by stage stand for it.
CREATE VIEW published.trail AS
SELECT
    incident_id, trail_type, stage,
    CASE WHEN found THEN 'found' WHEN looked_for THEN 'not_found' ELSE 'not_looked_for' END AS state,
    indicator_code, evidence_grade, first_seen_on, last_seen_on
FROM main.trail
UNION ALL
SELECT
    incident_id, code, NULL,
    CASE
        WHEN list_contains(trails_found, code) THEN 'found'
        WHEN list_contains(trails_looked_for, code) THEN 'not_found'
        ELSE 'not_looked_for'
    END,
    NULL, NULL, NULL, NULL
FROM main.incident
CROSS JOIN (SELECT code FROM main.code WHERE list = 'trail') AS listed
WHERE (incident_id, code) NOT IN (SELECT (incident_id, trail_type) FROM main.trail);

-- One row a trail of an incident at a stage, as the sheet `trails` tells it: the part of `trail` that the flat record has
-- not. Of few incidents the flat record's six are sooner made anew than looked for among those of all.
CREATE VIEW published.trail_told AS
SELECT
    incident_id, trail_type, stage,
    CASE WHEN found THEN 'found' WHEN looked_for THEN 'not_found' ELSE 'not_looked_for' END AS state
FROM main.trail;

-- One row a label of an incident of which more than the one in force is known, from the first to that one, which is the
-- last. A label that repeats the one before is no step. `origin`: told (sheet `labels`), former (what an earlier record
-- said), current.
CREATE VIEW published.label_step AS
WITH step AS (
    SELECT
        incident_id, crime_label, label_status, decider_org, decided_on, reason_code, 'told' AS origin,
        decided_on AS known_on, 0 AS seq, 0 AS rank
    FROM main.label_told
    UNION ALL
    SELECT
        incident_id, crime_label, label_status, decider_org, decided_on, reason_code, 'former',
        coalesce(decided_on, reported_on), seq, 0
    FROM main.incident_label
    UNION ALL
    SELECT
        incident_id, crime_label, label_status, label_decider, label_date, NULL, 'current',
        NULL, 0, 1
    FROM main.incident
    WHERE incident_id IN (SELECT incident_id FROM main.label_told)
        OR incident_id IN (SELECT incident_id FROM main.incident_label)
),
changed AS (
    SELECT
        *,
        lag(row(crime_label, label_status)) OVER in_order IS NOT DISTINCT FROM row(crime_label, label_status) AS repeats
    FROM step
    WINDOW in_order AS (PARTITION BY incident_id ORDER BY rank, known_on NULLS FIRST, seq)
)
SELECT
    incident_id,
    row_number() OVER (PARTITION BY incident_id ORDER BY rank, known_on NULLS FIRST, seq) AS seq,
    crime_label, label_status, decider_org, decided_on, reason_code, origin
FROM changed
WHERE NOT repeats;

-- The same, and the one label of every other incident.
CREATE VIEW published.incident_label AS
SELECT incident_id, seq, crime_label, label_status, decider_org, decided_on, reason_code, origin
FROM published.label_step
UNION ALL
SELECT incident_id, 1, crime_label, label_status, label_decider, label_date, NULL, 'current'
FROM main.incident
WHERE incident_id NOT IN (SELECT incident_id FROM main.label_told)
    AND incident_id NOT IN (SELECT incident_id FROM main.incident_label);

-- One row a hand-over.
CREATE VIEW published.handover AS
SELECT
    incident_id, from_agency, to_agency, requested_on, requested_at, accepted_on, accepted_at, completed_on, completed_at,
    refusal_reason
FROM main.handover;

-- One row a step of the response, with its pillar.
CREATE VIEW published.outcome AS
SELECT incident_id, code.parent AS pillar, step, status, agency, started_on, done_on, n_persons
FROM main.outcome
LEFT JOIN main.code ON code.list = 'outcome_step' AND code.code = step;

-- One row the effort of a unit in a week and place.
CREATE VIEW published.effort AS
SELECT
    unit_id, agency, coalesce(effort.adm2, crossing.adm2) AS adm2, effort.crossing, week, patrol_hours, checkpost_days,
    raids, hotline_hours, is_campaign, confidence, is_invented
FROM main.effort
LEFT JOIN main.crossing ON crossing.crossing = effort.crossing;

-- One row an area of an operation.
CREATE VIEW published.operation AS
SELECT
    operation_id, area, coalesce(operation.adm2, crossing.adm2) AS adm2, operation.crossing, operation_type, agency,
    date_start, date_end, is_invented
FROM main.operation
LEFT JOIN main.crossing ON crossing.crossing = operation.crossing;

-- One row a record that a later load replaced.
CREATE VIEW published.superseded AS SELECT incident_id, load_id, replaced_load_id FROM main.superseded;

-- One row a pair that may be one incident. Of any selection, the most is its incidents, the least those less the
-- distinct incident_id_b of pairs of which both are in the selection.
CREATE VIEW published.double_count AS SELECT incident_id_a, incident_id_b, score, reason FROM main.double_count;

-- One row a kind of event: its incidents, and how few they are if every possible repeat is one.
CREATE VIEW published.incident_range AS
SELECT
    event_type,
    count(*) AS n_most,
    count(*) FILTER (WHERE incident_id NOT IN (SELECT incident_id_b FROM main.double_count)) AS n_least
FROM main.incident
GROUP BY event_type;

CREATE VIEW published.neighbour AS SELECT adm2, neighbour, shared_km FROM main.neighbour;
CREATE VIEW published.place_alias AS SELECT alias, level, code, script, spelling FROM main.place_alias;

-- One row a file of a load, with its row equation. About rows, so about no district: for who may see all of them.
CREATE VIEW published.load_file AS
SELECT
    load_id, CAST(loaded_at AS DATE) AS loaded_on, file, source, rows_in, loaded, unchanged, superseded, duplicate,
    quarantined
FROM main.load_file
JOIN main.load USING (load_id);

-- One row a refused row, without what was written in it. It is open until its correction is taken, its reference is
-- loaded later, or it comes again and is refused again: then the later row is open. For who may see all districts. The
-- kind stands within the key: beside it every refused row would be held against every incident.
CREATE VIEW published.refused AS
SELECT
    refused.load_id, refused.file, refused.kind, refused.rule, refused.field,
    refused.rule <> 'erased_reference'
    AND refused.quarantine_id NOT IN (SELECT quarantine_id FROM main.correction)
    AND NOT coalesce(incident.load_id > refused.load_id, false)
    AND NOT coalesce(again.last_in > refused.load_id, false) AS is_open
FROM main.quarantine AS refused
LEFT JOIN main.incident ON incident.incident_id = if(refused.kind = 'incident', refused.incident_id, NULL)
LEFT JOIN (
    SELECT incident_id, max(load_id) AS last_in FROM main.quarantine WHERE kind = 'incident' GROUP BY incident_id
) AS again ON again.incident_id = if(refused.kind = 'incident', refused.incident_id, NULL);

-- One row a spelling that is no name of the gazetteer, and how it was read. For who may see all districts.
CREATE VIEW published.place_reading AS
SELECT load_id, file, level, typed, code, method, similarity, n AS n_rows FROM main.place_log;
