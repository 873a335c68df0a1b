"""The reference of territories: territories.csv.gz, and how `make reference` builds it from pinned packages.

A row is a territory, in UTF-8, ancestors before what lies within them. An empty field says nothing.

id               ours: see the modules of each country
kind             country, region, department, intercommunality, municipality or district
name             the official name, in one language
other_names      the same in other languages, abbreviations, and the names of communes it took over; joined by |
country          ISO 3166-1
codes            scheme:code, joined by blanks: insee, siren (France), nis (Belgium), dicofre (Portugal), nuts, iso
former_codes     likewise: codes that were given up and lead here
population       of population_year; where the year is empty, the source does not tell it
population_year
latitude         WGS 84, five decimals
longitude
precision        point: the place itself; postcode: the middle of its neighbours of the same postcode;
                 intercommunality: the middle of its intercommunality
postcodes        joined by blanks
within           ids of all ancestors, joined by blanks, from the nearest to the country

Sources: package.json and requirements.txt, pinned by checksum; NOTICE says who made what, under which licence. What no
package holds stands in additions.yaml.
"""
