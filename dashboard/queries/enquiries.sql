-- One row an enquiry that a section of a law lets be made next, in the order in which they are to be read.
SELECT enquiry, trail AS trail_type, coalesce(stage, 'any') AS stage, section_id, say_en, say_bn FROM published.enquiry
