
import uuid

import django.core.validators
import django.db.models.deletion
import phonenumber_field.modelfields
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import registrations.models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('bridges', '0001_initial'),
        ('conference', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('kind', models.CharField(choices=[('cooperative', 'cooperative'), ('business', 'business'), ('retail', 'supermarket or store chain'), ('agency', 'state agency'), ('press', 'press'), ('household', 'household producer'), ('other', 'other')], max_length=12, verbose_name='kind')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('province', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='bridges.province', verbose_name='province')),
            ],
            options={
                'verbose_name': 'organisation',
                'verbose_name_plural': 'organisations',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalRegistration',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('uid', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('token_version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version of the link')),
                ('number', models.CharField(db_index=True, default=registrations.models.new_number, editable=False, max_length=12, verbose_name='number')),
                ('state', models.CharField(choices=[('confirmed', 'confirmed'), ('waitlisted', 'on the waitlist'), ('cancelled', 'cancelled')], max_length=12, verbose_name='state')),
                ('seats', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name='seats')),
                ('queue_number', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='place given on the waitlist')),
                ('contact_name', models.CharField(max_length=150, verbose_name='contact person')),
                ('contact_email', models.EmailField(blank=True, db_index=True, max_length=254, verbose_name='contact e-mail')),
                ('contact_phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='contact phone')),
                ('language', models.CharField(choices=[('vi', 'Vietnamese'), ('en', 'English')], default='vi', max_length=8, verbose_name='language')),
                ('source', models.CharField(choices=[('web', 'web form'), ('staff', 'entered by staff')], default='web', max_length=8, verbose_name='source')),
                ('consent_version', models.CharField(blank=True, max_length=20, verbose_name='version of the consent')),
                ('consented_at', models.DateTimeField(blank=True, null=True, verbose_name='consent given at')),
                ('created_at', models.DateTimeField(verbose_name='registered at')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('bridge_point', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='bridges.bridgepoint', verbose_name='bridge point')),
                ('conference', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conference.conference', verbose_name='conference')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registrations.organisation', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'historical registration',
                'verbose_name_plural': 'historical registrations',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('token_version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version of the link')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('number', models.CharField(default=registrations.models.new_number, editable=False, max_length=12, unique=True, verbose_name='number')),
                ('state', models.CharField(choices=[('confirmed', 'confirmed'), ('waitlisted', 'on the waitlist'), ('cancelled', 'cancelled')], max_length=12, verbose_name='state')),
                ('seats', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name='seats')),
                ('queue_number', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='place given on the waitlist')),
                ('contact_name', models.CharField(max_length=150, verbose_name='contact person')),
                ('contact_email', models.EmailField(blank=True, db_index=True, max_length=254, verbose_name='contact e-mail')),
                ('contact_phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='contact phone')),
                ('language', models.CharField(choices=[('vi', 'Vietnamese'), ('en', 'English')], default='vi', max_length=8, verbose_name='language')),
                ('source', models.CharField(choices=[('web', 'web form'), ('staff', 'entered by staff')], default='web', max_length=8, verbose_name='source')),
                ('consent_version', models.CharField(blank=True, max_length=20, verbose_name='version of the consent')),
                ('consented_at', models.DateTimeField(blank=True, null=True, verbose_name='consent given at')),
                ('submission_key', models.CharField(blank=True, editable=False, max_length=64, null=True, unique=True)),
                ('created_at', models.DateTimeField(verbose_name='registered at')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('bridge_point', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='registrations', to='bridges.bridgepoint', verbose_name='bridge point')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='registrations', to='conference.conference', verbose_name='conference')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='registrations', to='registrations.organisation', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'registration',
                'verbose_name_plural': 'registrations',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalDelegate',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('uid', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('token_version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version of the link')),
                ('full_name', models.CharField(max_length=150, verbose_name='full name')),
                ('position', models.CharField(blank=True, max_length=150, verbose_name='position')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='phone')),
                ('email', models.EmailField(blank=True, db_index=True, max_length=254, verbose_name='e-mail')),
                ('is_contact', models.BooleanField(default=False, verbose_name='contact person')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('registration', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registrations.registration', verbose_name='registration')),
            ],
            options={
                'verbose_name': 'historical delegate',
                'verbose_name_plural': 'historical delegates',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Delegate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('token_version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version of the link')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('full_name', models.CharField(max_length=150, verbose_name='full name')),
                ('position', models.CharField(blank=True, max_length=150, verbose_name='position')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='phone')),
                ('email', models.EmailField(blank=True, db_index=True, max_length=254, verbose_name='e-mail')),
                ('is_contact', models.BooleanField(default=False, verbose_name='contact person')),
                ('sort_name', models.CharField(blank=True, editable=False, max_length=310, verbose_name='sort name')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delegates', to='registrations.registration', verbose_name='registration')),
            ],
            options={
                'verbose_name': 'delegate',
                'verbose_name_plural': 'delegates',
                'ordering': ['sort_name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ReminderRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('minutes_before', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(129600)], verbose_name='minutes before the start')),
                ('by_email', models.BooleanField(default=True, verbose_name='by e-mail')),
                ('by_sms', models.BooleanField(default=True, verbose_name='by SMS')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminder_rules', to='conference.conference', verbose_name='conference')),
            ],
            options={
                'verbose_name': 'reminder',
                'verbose_name_plural': 'reminders',
                'ordering': ['-minutes_before'],
            },
        ),
        migrations.AddIndex(
            model_name='registration',
            index=models.Index(fields=['bridge_point', 'state', 'queue_number'], name='registration_line'),
        ),
        migrations.AddIndex(
            model_name='registration',
            index=models.Index(fields=['conference', 'state'], name='registration_state'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waitlisted')), fields=('bridge_point', 'queue_number'), name='registration_one_in_each_place'),
        ),
        migrations.AddConstraint(
            model_name='reminderrule',
            constraint=models.UniqueConstraint(fields=('conference', 'minutes_before'), name='reminder_once', violation_error_message='There is a reminder at that time already.'),
        ),
    ]
